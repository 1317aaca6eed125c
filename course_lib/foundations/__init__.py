"""Phase 1: the mathematics, in plain Python first."""
