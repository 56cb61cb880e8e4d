"""Vectors -> shapes: neighbours, projections, topics, axes, paths, features, compression. One idea a file.

Pure functions: the same vectors, parameters and seed give the same result, bit for bit, on every run of one machine. None
knows a space, a text or a file. Only numpy, scipy and FAISS are imported: other libraries take longer to import than most of
this takes to compute.
"""
