"""What can be done with tensors: the classes that ``Tensor`` is composed of, and the functions that they share.

A method computes nothing. It checks what it is given and builds graph.
"""
