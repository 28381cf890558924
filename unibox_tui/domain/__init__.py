"""What the words mean: frozen values, enums and pure rules. Standard library only, no I/O."""
