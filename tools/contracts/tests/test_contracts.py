"""The catalogue of events: complete, fresh, and valid for the programs that read it."""

import json
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

import shared.events
from shared.events.enrollment import DeclarationSubmitted
from shared.events.envelope import decode
from shared.events.proctor import Evidence, FaceCheckFailed, Moment
from shared.events.upcast import UPCASTERS
from tools.contracts import released
from tools.contracts.__main__ import DOCUMENTS, main
from tools.contracts.asyncapi import document
from tools.contracts.catalogue import ROOT, catalogue
from tools.contracts.consumers import Consumer, consumers, readers_of_all
from tools.contracts.dictionary import WORDS, word
from tools.contracts.examples import examples
from tools.contracts.source import docstring_of, lines_of

CATALOGUE = catalogue()
EVENTS = CATALOGUE.events
CLASSES = [*EVENTS, *CATALOGUE.parts()]
ASYNCAPI = json.loads(Path(__file__).with_name("asyncapi-3.0.0.schema.json").read_text("utf-8"))


def name(cls):
    return getattr(cls, "TYPE", None) or cls.__name__


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_documents_are_what_make_events_writes(path):
    assert (ROOT / path).read_text("utf-8") == DOCUMENTS[path](CATALOGUE), "stale: run make events"


@pytest.mark.parametrize("cls", CLASSES, ids=name)
def test_a_docstring_is_in_two_languages_and_names_a_rule(cls):
    docstring = docstring_of(cls)
    assert docstring.chinese, f"{cls.__doc__!r} does not begin with 中文名:"
    assert any(word.isascii() and word.isalpha() for word in docstring.english)
    assert docstring.names_rule, f"{cls.__doc__!r} names no rule (R5), nor says (no rule: why)"


@pytest.mark.parametrize(
    "cls", [event_class for event_class in CLASSES if is_dataclass(event_class)], ids=name
)
def test_the_dictionary_knows_every_field(cls):
    assert [line.name for line in lines_of(cls) if word(cls.__name__, line.name) is None] == []


@pytest.mark.parametrize(
    "cls", [event_class for event_class in CLASSES if issubclass(event_class, Enum)], ids=name
)
def test_the_members_of_an_enum_are_all_read_from_its_source(cls):
    assert [line.type for line in lines_of(cls)] == [member.value for member in cls]


def test_the_dictionary_has_no_word_that_nobody_uses():
    fields = [(cls.__name__, line.name) for cls in CLASSES if is_dataclass(cls) for line in lines_of(cls)]
    used = {name for _, name in fields} | {f"{cls}.{name}" for cls, name in fields}
    assert set(WORDS) - used == set()


def test_a_docstring_without_the_other_language_is_seen():
    class Lone:
        """Only English (R1)."""

    assert docstring_of(Lone).chinese == ""
    Lone.__doc__ = "中文: said without a rule."
    assert not docstring_of(Lone).names_rule
    Lone.__doc__ = "中文: said (no rule: plumbing)."
    assert docstring_of(Lone).names_rule


def test_comments_and_defaults_come_from_the_source():
    fields = {line.name: line for line in lines_of(Evidence)}
    assert fields["distance"].comment == "L2 between embeddings"
    assert (fields["antispoof"].type, fields["antispoof"].default) == ("str", "'absent'")
    assert fields["threshold"].comment == ""
    assert [line.type for line in lines_of(Moment)] == ["start", "unforeseen"]


def test_every_module_of_events_is_imported_with_the_package():
    folder = Path(shared.events.__file__).parent
    declaring = {path.stem for path in folder.glob("*.py") if "@event(" in path.read_text("utf-8")} - {
        "__init__"
    }
    assert declaring <= set(shared.events.__all__)


@pytest.mark.parametrize("event_class", EVENTS, ids=name)
def test_examples_are_events(event_class):
    for envelope in examples(event_class):
        event = decode(json.dumps(envelope))
        assert type(event) is event_class
        assert event.published.subject


def test_a_bare_example_has_nulls_where_a_full_one_has_values():
    full, bare = examples(FaceCheckFailed)
    assert full["data"]["evidence"]["outcome"] == "match"
    assert bare["data"]["evidence"] is None


def test_the_asyncapi_document_is_valid():
    written = yaml.safe_load((ROOT / "docs/asyncapi.yaml").read_text("utf-8"))
    assert list(map(str, Draft7Validator(ASYNCAPI).iter_errors(written))) == []
    assert len(written["channels"]) == len(EVENTS)


def test_an_invalid_asyncapi_document_is_noticed():
    broken = document(CATALOGUE)
    del broken["operations"][next(iter(broken["operations"]))]["channel"]
    assert not Draft7Validator(ASYNCAPI).is_valid(broken)


@pytest.fixture(scope="module")
def written():
    return document(CATALOGUE)


@pytest.mark.parametrize("event_class", EVENTS, ids=name)
def test_the_asyncapi_schemas_accept_the_examples_and_nothing_less(event_class, written):
    payload = {"$ref": f"#/components/messages/{event_class.TYPE}/payload", **written}
    check = Draft7Validator(payload)
    for envelope in examples(event_class):
        assert list(map(str, check.iter_errors(envelope))) == []
        assert not check.is_valid(envelope | {"data": {}})
        assert not check.is_valid(envelope | {"type": "another.type.v1"})


def test_consumers_are_found_in_the_code():
    readers = CATALOGUE.readers[DeclarationSubmitted.TYPE]
    assert Consumer("payment", "charge") in readers
    assert Consumer("identity", "open_account") in readers
    assert Consumer("proctor", "work_queue") in CATALOGUE.readers["proctor.job.queued.v1"]
    assert CATALOGUE.read_everything == ["audit"]


def write(folder, path, text):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, "utf-8")


def test_consumers_are_found_however_they_are_imported(tmp_path):
    write(tmp_path, "one/service.py", "from shared.events.payment import PaymentConfirmed as Paid\n"
          "class One:\n    @subscribe(Paid)\n    def pay(self, event): ...\n")  # fmt: skip
    write(tmp_path, "two/parts/reader.py", "from shared.events import payment\n"
          "channel.queue_bind('q', 'x', payment.PaymentConfirmed.TYPE)\n")  # fmt: skip
    write(tmp_path, "two/tests/test_it.py", "@subscribe(Unknown)\ndef test(): ...\n")
    write(tmp_path, "three/log.py", "from shared.eventlog.reader import StreamReader\n")
    write(tmp_path, "four/queue.py", "from shared.events.payment import PaymentConfirmed\n"
          "for exchange, type_ in routes([PaymentConfirmed]): ...\n")  # fmt: skip
    readers_by_type = consumers(tmp_path)
    readers = [Consumer("four", "queue"), Consumer("one", "pay"), Consumer("two", "reader")]
    assert readers_by_type == {"payment.fee.confirmed.v1": readers}
    assert readers_of_all(tmp_path) == ["three"]


def test_a_subscription_that_cannot_be_resolved_is_no_silence(tmp_path):
    write(tmp_path, "one/service.py", "@subscribe(Unknown)\ndef handle(): ...\n")
    with pytest.raises(LookupError, match="Unknown"):
        consumers(tmp_path)


def test_nobody_subscribes_to_a_superseded_version():
    assert set(CATALOGUE.readers) & set(UPCASTERS) == set()


def test_make_events_refuses_to_go_on_with_a_broken_release(monkeypatch, capsys):
    monkeypatch.setattr("tools.contracts.__main__.released_types", lambda: ["a.thing.happened.v1"])
    monkeypatch.setattr("tools.contracts.__main__.incompatible", lambda _: ["data.x: removed or renamed"])
    assert main([]) == 1
    assert "data.x: removed or renamed" in capsys.readouterr().out


def test_every_event_is_released_as_it_is():
    unreleased = [event.TYPE for event in EVENTS if not released.is_released(event)]
    assert unreleased == [], "run make events RELEASE=1, once this is what you mean to keep for good"


@pytest.mark.parametrize("type_", released.released_types())
def test_every_release_still_holds_and_its_examples_still_read(type_):
    assert all(release.examples for release in released.releases(type_))
    assert released.incompatible(type_) == []
