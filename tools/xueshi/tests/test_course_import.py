"""`xueshi course import` against the real api and worker: what has been sent is not sent again."""

import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.learning.api import app
from services.learning.runtime import LearningApiRuntime
from services.learning.tests.media import a_film
from services.learning.worker.loop import work
from shared.events.terms import Role
from testkit.serving import in_process
from testkit.tokens import bearer
from tools.xueshi.__main__ import main
from tools.xueshi.course.client import Refused, StaffClient
from tools.xueshi.course.commands import check
from tools.xueshi.course.importing import Import, Outcome
from tools.xueshi.course.login import log_in
from tools.xueshi.errors import OperatorError, Unknown, Unreachable
from tools.xueshi.tests.test_course_folder import COURSE


@pytest.fixture(scope="module")
def api(servers: Any) -> Iterator[httpx.Client]:
    """The api of learning, and its worker."""
    with in_process(app, servers.env_for("learning")) as client:
        stop = threading.Event()
        runtime: LearningApiRuntime = app.state.runtime
        worker = threading.Thread(target=work, args=(runtime.media, stop, timedelta(minutes=1)))
        worker.start()
        yield client
        stop.set()
        worker.join()


@pytest.fixture
def token(servers: Any) -> str:
    """Of staff of an organisation of the test's own."""
    key = servers.stack.credentials.ec_pair("token").private
    header = bearer(key, Role.ORGANISATION, org=f"武汉培训 {secrets.token_hex(4)}")
    return header["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose second video has more than one part."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "1.mp4").write_bytes(a_film(1))
    (tmp_path / "media" / "2.mp4").write_bytes(a_film(2, width=1280, height=720, noise=True))
    (tmp_path / "course.yaml").write_text(COURSE, "utf-8")
    return tmp_path


def run(folder: Path, client: StaffClient, *, publish: bool = False) -> Outcome:
    course, videos, faults = check(folder, 1 << 30)
    assert course
    assert not faults
    return Import(client=client, course=course, videos=videos, progress=lambda *_: None).run(publish=publish)


class Cut(httpx.Client):
    """A line that fails for good after so many parts."""

    def __init__(self, inner: httpx.Client, parts: int) -> None:
        super().__init__()
        self.inner, self.parts = inner, parts

    def request(self, method: Any, url: Any, **more: Any) -> httpx.Response:
        if method == "PUT" and "/parts/" in str(url):
            self.parts -= 1
            if self.parts < 0:
                raise httpx.ConnectError("cut")
        return self.inner.request(method, url, **more)


def test_a_folder_becomes_a_published_course(api: httpx.Client, token: str, folder: Path):
    staff = StaffClient(api, token)
    outcome = run(folder, staff, publish=True)
    assert (outcome.lessons_added, outcome.questions, outcome.published) == (2, 1, True)
    shown = staff.send("GET", f"/courses/{outcome.course_id}")
    lessons = [lesson for chapter in shown["chapters"] for lesson in chapter["lessons"]]
    assert [lesson["key"] for lesson in lessons] == ["fagui-1", "jiliang-1"]
    assert (lessons[1]["specialty"], lessons[0]["questions"]) == ("安装工程", 1)
    assert (shown["status"], shown["contact"]) == ("published", "武汉培训 027-8888 0000")


def test_running_it_again_sends_nothing(api: httpx.Client, token: str, folder: Path):
    first = run(folder, StaffClient(api, token))
    again = run(folder, StaffClient(api, token))
    assert (again.course_id, again.lessons_added, again.bytes_sent) == (first.course_id, 0, 0)
    assert run(folder, StaffClient(api, token), publish=True).published
    assert run(folder, StaffClient(api, token)).published


def test_what_was_cut_off_goes_on_where_it_stopped(api: httpx.Client, token: str, folder: Path):
    total = sum(file.stat().st_size for file in (folder / "media").iterdir())
    with pytest.raises(Unreachable):
        run(folder, StaffClient(Cut(api, parts=2), token, pause=lambda _: None))
    outcome = run(folder, StaffClient(api, token))
    large = (folder / "media" / "2.mp4").stat().st_size
    assert outcome.lessons_added == 2
    assert outcome.bytes_sent == large - 8 * 1024 * 1024 < total


def test_a_line_that_fails_now_and_then_is_tried_again(api: httpx.Client, token: str, folder: Path):
    class Shaky(Cut):
        def request(self, method: Any, url: Any, **more: Any) -> httpx.Response:
            self.parts += 1
            if self.parts % 3 == 0:
                raise httpx.ReadTimeout("slow")
            return self.inner.request(method, url, **more)

    assert run(folder, StaffClient(Shaky(api, parts=0), token, pause=lambda _: None)).lessons_added == 2


def test_another_video_under_the_same_key_is_refused(api: httpx.Client, token: str, folder: Path):
    run(folder, StaffClient(api, token))
    (folder / "media" / "1.mp4").write_bytes(a_film(3))
    with pytest.raises(OperatorError, match="fagui-1"):
        run(folder, StaffClient(api, token))


def test_a_published_course_takes_no_more_lessons(api: httpx.Client, token: str, folder: Path):
    run(folder, StaffClient(api, token), publish=True)
    text = COURSE.replace("key: jiliang-1", "key: jiliang-2")
    (folder / "course.yaml").write_text(text, "utf-8")
    with pytest.raises(OperatorError, match="jiliang-2"):
        run(folder, StaffClient(api, token))


def test_a_token_that_expires_is_renewed(api: httpx.Client, token: str, folder: Path):
    tokens = iter([token])
    assert run(folder, StaffClient(api, "expired", renew=lambda: next(tokens))).lessons_added == 2
    with pytest.raises(Unknown, match="Log in again"):
        run(folder, StaffClient(api, "expired"))


def test_a_refusal_says_why(api: httpx.Client, token: str):
    with pytest.raises(Refused, match=r"request\.invalid.*title"):
        StaffClient(api, token).send("POST", "/courses", json={"specialty": "土木建筑"})


def test_who_imports_must_be_known():
    with pytest.raises(Unknown, match="XUESHI_TOKEN"):
        log_in(httpx.Client(), None, {})


def test_faults_are_listed_and_nothing_is_sent(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "course.yaml").write_text(COURSE.replace("kind: compulsory", "kind: x"), "utf-8")
    assert main(["course", "import", str(folder), "--url", "http://127.0.0.1:1"]) == 1
    assert "course.yaml:10:" in capsys.readouterr().err


def test_a_check_says_what_the_course_offers(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["course", "import", str(folder), "--check"]) == 0
    assert "too short" in capsys.readouterr().out
    assert (
        main(["course", "import", str(folder), "--check", "--needs", "1+1", "--hour-seconds", "1", "--json"])
        == 0
    )
    assert '"enough": true' in capsys.readouterr().out


def test_the_address_must_be_known(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("XUESHI_PUBLIC_URL", raising=False)
    assert main(["course", "import", str(folder)]) == 2
