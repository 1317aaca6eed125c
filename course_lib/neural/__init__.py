"""Phase 3: neural nets, from one neuron to automatic differentiation to deep networks."""
