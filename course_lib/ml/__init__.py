"""Phase 2: classic machine learning, in vectorised NumPy and in scikit-learn's manners."""
