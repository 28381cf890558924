"""Follows the event log and acts through desk."""
