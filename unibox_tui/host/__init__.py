"""The operating system's dirt in one guarded room."""
