"""The topics of the space as a tree; one of them narrows the search."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual.message import Message
from textual.widgets import Tree

from semspace.ui.labelling import cut
from semspace.views.topics import Topic, Topics

WIDEST = 60


class TopicPane(Tree[Topic | None]):
    """Topics, the largest first."""

    @dataclass
    class Chosen(Message):
        """A topic was chosen, or with None all of them."""

        topic: Topic | None

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(Text("reading topics ..."), id=id)
        self.guide_depth = 2
        self.auto_expand = False
        self.filled = False

    def show(self, topics: Topics) -> None:
        """Show topics."""
        self.filled = True
        self.clear()
        self.root.set_label(Text("all texts  ").append(f"{topics.count:,}", "quiet"))
        for topic in topics.topics:
            branch = self.root.add(_label(topic), data=topic, allow_expand=bool(topic.inner))
            for inner in topic.inner:
                branch.add_leaf(_label(inner), data=inner)
        self.root.expand()

    def on_tree_node_selected(self, event: Tree.NodeSelected[Topic | None]) -> None:
        """Narrow the search to a topic."""
        event.stop()
        self.post_message(self.Chosen(event.node.data))


def _label(topic: Topic) -> Text:
    return Text(no_wrap=True).append(cut(topic.name, WIDEST), "title").append(f"  {topic.count:,}", "quiet")
