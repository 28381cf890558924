"""Between connectors and store: puller, ingest, sender, reconcile, media."""
