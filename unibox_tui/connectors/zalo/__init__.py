"""Zalo Official Accounts: consultation messages, forms, templates, groups, calls."""
