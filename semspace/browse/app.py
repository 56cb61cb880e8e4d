"""The whole application: map, topics and judgements beside the query and the walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from semspace.browse.dialogs import ChoiceScreen, NameScreen
from semspace.browse.map_pane import MapPane
from semspace.browse.session import Among, Request
from semspace.browse.topic_pane import TopicPane
from semspace.browse.walking import Walking
from semspace.records.lines import Step
from semspace.scenes import Scene
from semspace.ui.canvas import View
from semspace.ui.safe import safe_text
from semspace.views.liking import Liking
from semspace.views.map import Map
from semspace.views.parts import Part, Place
from semspace.views.topics import Topics


class Browser(Walking):
    """Everything that one can do with a space, on one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "plus,equals_sign",
            "judge(1)",
            "More",
            tooltip="More like this hit; again takes it back.",
        ),
        Binding("minus", "judge(-1)", "Less", tooltip="Less like this hit; again takes it back."),
        Binding("s", "keep", "Save taste", show=False),
        Binding("w", "save_view", "Save view", show=False),
        Binding("o", "open_view", "Open view", show=False),
    ]

    _reading = False
    _wanted: View | None = None

    def opened(self, name: str) -> None:
        """Read the map or the topics the first time that they are shown."""
        if name == "topics" and not self.topics.filled:
            self.behind(self.session.topics, self._listed, "topics")
        if name == "map" and self.map.picture is None and not self._reading:
            self._reading = True
            self.behind(partial(self.session.map, self._step), self._mapped, "map")

    def failed(self, error: Exception) -> None:
        """Say what went wrong; a map that could not be read is tried again when it is shown again."""
        self._reading = self.map.picture is not None
        super().failed(error)  # type: ignore[arg-type]  # what a thread raised

    def _listed(self, topics: Topics) -> None:
        self.topics.show(topics)

    def _step(self, step: Step) -> None:
        share = f"{100 * step.done // max(step.total, 1)} %"
        self.post_message(self.Done(self.map.say, f"{step.what} ... {share}"))

    def _mapped(self, seen: Map) -> None:
        self.map.show(seen)
        if self.request.among is not None:
            self.map.keep_to(self.request.among.ids)
        if self.trail:
            self.map.link(self.trail[-1].hit, self.trail[-1].near)
        else:
            self.map.light(self.hits or ())
        self.call_after_refresh(self._look)
        self.behind(partial(self.session.hills, seen), self._named, "hills")

    def _named(self, places: tuple[Place, ...]) -> None:
        self.map.name_places(places)

    @on(MapPane.Chosen)
    def _chosen(self, message: MapPane.Chosen) -> None:
        if not message.ids:
            self.notify("There is no text in that part of the map.", severity="warning", markup=False)
            return
        self._narrow(Among(f"{len(message.ids):,} texts of the map", message.ids))
        self.behind(partial(self.session.part, message.ids), self._summed, "part")

    def _summed(self, part: Part) -> None:
        if self.request.among is not None and set(self.request.among.ids) == set(part.ids):
            self.request = replace(self.request, among=Among(part.name, self.request.among.ids))
            self.tell(self.told())
            self.preview.show(part, "Searches look here only; x looks everywhere again.")

    @on(MapPane.Pointed)
    def _pointed(self, message: MapPane.Pointed) -> None:
        self.walk_to(message.id)

    @on(TopicPane.Chosen)
    def _topic(self, message: TopicPane.Chosen) -> None:
        topic = message.topic
        if topic is None:
            self.action_widen()
        else:
            self._narrow(Among(topic.name, topic.ids))

    def _narrow(self, among: Among) -> None:
        """Search these passages alone from now on."""
        self.request = replace(self.request, among=among)
        self.map.keep_to(among.ids)
        if self.request.asks:
            self.ask()
        self.tell(self.told())

    def action_judge(self, sign: int) -> None:
        """Say that a hit is what one looks for, or is not; the hits are put in order anew. Once more takes it back."""
        hit = self.results.chosen
        if hit is None or not self.request.asks or self.trail:
            return
        mine, other = ("likes", "dislikes") if sign > 0 else ("dislikes", "likes")
        held: tuple[int, ...] = getattr(self.request, mine)
        kept = tuple(one for one in held if one != hit.id) if hit.id in held else (*held, hit.id)
        others = tuple(one for one in getattr(self.request, other) if one != hit.id)
        changed = {mine: kept, other: others}
        self.request = replace(self.request, likes=changed["likes"], dislikes=changed["dislikes"])
        self.results.show(self.results.hits, self.request, stay=True)
        self.tell(self.told())
        self.ask(stay=True)

    def action_keep(self) -> None:
        """Save what was said of hits as a taste, by which later searches can be put in order."""
        if not self.request.likes:
            self.notify("Mark hits that you like first: +", severity="warning", markup=False)
            return
        self.push_screen(NameScreen("Name of the taste:"), self._keep)

    def _keep(self, name: str | None) -> None:
        if name:
            self.behind(partial(self.session.keep, self.request, name), self._kept, "keep")

    def _kept(self, liking: Liking) -> None:
        name = safe_text(liking.taste.name, one_line=True)
        self.notify(f"Saved: semspace search --taste {name} ...", markup=False)

    def action_save_view(self) -> None:
        """Save what is on the screen, the query, what it looks among, the part of the map, under a name."""
        self.push_screen(NameScreen("Name of the view:"), self._save_view)

    def _save_view(self, name: str | None) -> None:
        if name:
            request, window = self.request, self.map.window
            view = None if window is None or window.view == window.whole else window.view
            among = request.among or Among("", ())
            ids = among.ids if request.among else None
            flags = request.everything, request.rerank
            scene = Scene(name, request.query, request.mode, *flags, ids, among.name, view)
            saved = "Saved. o opens it again."
            self.behind(partial(self.session.keep_scene, scene), lambda _: self.notify(saved, markup=False), "scene")

    def action_open_view(self) -> None:
        """Open a view that was saved."""
        self.behind(self.session.scenes, self._offer, "scenes")

    def _offer(self, names: Sequence[str]) -> None:
        if names:
            self.push_screen(ChoiceScreen("Open a view:", names), self._open)
        else:
            self.notify("No view was saved yet: w saves this one.", severity="warning", markup=False)

    def _open(self, name: str | None) -> None:
        if name:
            self.behind(partial(self.session.scene, name), self._opened, "scene")

    def _opened(self, scene: Scene) -> None:
        """Ask as it was asked, and look at the same part of the map."""
        among = None if scene.among is None else Among(scene.called, scene.among)
        self.request = Request(scene.query, scene.mode, scene.everything, scene.rerank, among=among)
        self.line.value = scene.query
        self.map.keep_to(scene.among)
        if self.trail:
            self._walk(())
        self.ask()
        self.tell(self.told())
        self._wanted = scene.window
        if scene.window and not self.main.has_class("map"):
            self.action_pane("map")
        self.call_after_refresh(self._look)

    def _look(self) -> None:
        """Look at the part of the map that a view was saved with, as soon as the map is there."""
        if self._wanted is not None and self.map.window is not None:
            self.map.look_at(self._wanted)
            self._wanted = None

    @on(MapPane.Close)
    def _closer(self, message: MapPane.Close) -> None:
        self.behind(partial(self.session.beginnings, message.ids), self.map.say_texts, "close")

    def action_leave(self) -> None:
        """Take the box from the map, end the walk, or go back to the line where one types."""
        if self.map.choosing:
            self.map.leave()
        else:
            super().action_leave()
