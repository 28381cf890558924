"""WhatsApp Business by Meta's Cloud API: numbers, windows, templates."""
