"""The space of one's texts -> what one can see of it: maps, topics, axes, paths, duplicates, drift. One view a file.

A view is a function from a `Material` to a `Value`, which says of itself what programs read (`to_dict`), what pandas reads
(`to_pandas`) and what a terminal or a notebook draws (`__rich__`). The mathematics is in `latent`, without texts.
"""
