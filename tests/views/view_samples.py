"""Texts about gardening, astronomy, cooking and sailing, by id."""

from __future__ import annotations

_GARDEN = """
Prune roses in late winter, before the buds swell.
Roses need full sun and well drained soil.
Black spot is a fungus that yellows the leaves of roses.
Plant tulip bulbs in autumn, three times as deep as they are high.
Mulch keeps the soil of a flower bed moist and free of weeds.
Compost feeds the soil and the plants that grow in it.
Tomato plants in the garden want a stake to climb.
Slugs eat lettuce seedlings at night.
Water the garden in the morning, at the roots of the plants.
A hedge is trimmed after birds have left their nests.
Lavender grows in poor, dry soil and loves the sun.
Sow carrots thinly, for seedlings are hard to part.
"""
_STARS = """
Jupiter is the largest planet of the solar system.
The moons of Jupiter were seen by Galileo through a telescope.
Saturn has rings of ice and rock.
A supernova is the explosion of a massive star.
The Milky Way is a galaxy of some hundred billion stars.
A telescope gathers the faint light of galaxies.
Mars has two small moons, Phobos and Deimos.
A comet grows a tail when it comes near the sun.
Black holes bend the light of the stars behind them.
The orbit of a planet is an ellipse.
Astronomers measure how far a star is by its parallax.
A solar eclipse happens when the moon covers the sun.
"""
_KITCHEN = """
Knead the dough until it is smooth, then let it rise.
Bake the bread in a hot oven until the crust is brown.
Sourdough bread needs a lively starter of flour and water.
Fry the onions gently in butter before the garlic.
Whisk the eggs with sugar until they are pale.
Simmer the soup for an hour and salt it last.
A pinch of salt makes chocolate cake sweeter.
Boil the pasta in plenty of salted water.
Roast the chicken with lemon and thyme in the oven.
Yeast dies in water that is too hot, and the dough stays flat.
Melt the butter and stir in flour for a sauce.
Let the cake cool before you put icing on it.
"""
_SAILING = """
Hoist the mainsail while the boat points into the wind.
To tack, bring the bow of the boat through the wind.
The keel keeps a sailing boat from drifting sideways.
Reef the sails before a storm, not in it.
A spinnaker is a balloon sail for wind from behind.
The helmsman steers the yacht by the tiller.
Tie the mooring line to the cleat with a figure of eight.
The anchor holds best in sand and mud.
A sailing boat cannot sail straight into the wind.
The jib is the sail before the mast.
Wear a life jacket on deck when the sea is rough.
Port gives way to starboard when two yachts meet.
"""

TEXTS = {
    f"{about}-{number}": line
    for about, lines in (("garden", _GARDEN), ("stars", _STARS), ("kitchen", _KITCHEN), ("sailing", _SAILING))
    for number, line in enumerate(lines.strip().splitlines())
}
