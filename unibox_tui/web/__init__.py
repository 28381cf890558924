"""The HTTP edge: it verifies, writes raw events and rings the bell; parsing and ingesting is sync's."""
