"""Sessions and their refresh tokens (R15)."""

from datetime import timedelta

from services.identity.tests.builders import NOW, a_session
from shared.events.identity import SessionOpened, SessionRevoked

MINUTE = timedelta(minutes=1)


def test_a_refresh_token_works_once_and_its_reuse_ends_the_session():
    session = a_session()
    assert session.renew("first", "second", "browser", NOW)
    assert session.renew("second", "third", "browser", NOW)
    assert not session.renew("first", "stolen", "browser", NOW)
    assert not session.live(NOW)
    assert not session.renew("third", "fourth", "browser", NOW)
    assert session.events[-1] == SessionRevoked(account_id="account", session_id=session.id)


def test_a_refresh_token_from_another_client_ends_the_session():
    session = a_session()
    assert not session.renew("first", "second", "another browser", NOW)
    assert not session.live(NOW)


def test_a_made_up_refresh_token_changes_nothing():
    session = a_session()
    assert not session.renew("made up", "x", "browser", NOW)
    assert session.renew("first", "second", "browser", NOW)


def test_a_session_ends_after_twelve_hours():
    session = a_session()
    assert session.live(NOW + timedelta(hours=11, minutes=59))
    assert not session.live(NOW + timedelta(hours=12))
    assert not session.renew("first", "second", "browser", NOW + timedelta(hours=12))


def test_a_session_cannot_be_renewed_without_end():
    session = a_session()
    renewals = 0
    while session.renew(session.refresh_digest, f"digest {renewals}", "browser", NOW):
        renewals += 1
    assert renewals == 200
    assert not session.live(NOW)


def test_revoking_twice_is_said_once():
    session = a_session()
    session.revoke(NOW)
    session.revoke(NOW + MINUTE)
    assert session.revoked_at == NOW
    assert [type(event).__name__ for event in session.events] == ["SessionOpened", "SessionRevoked"]


def test_an_access_token_is_good_for_ten_minutes_and_never_longer_than_its_session():
    session = a_session()
    assert session.access_until(NOW) == NOW + timedelta(minutes=10)
    late = NOW + timedelta(hours=11, minutes=55)
    assert session.access_until(late) == NOW + timedelta(hours=12)


def test_a_session_is_opened_for_twelve_hours_and_says_so():
    session = a_session()
    assert (session.account_id, session.refresh_digest) == ("account", "first")
    assert session.user_agent_digest == "browser"
    assert (session.opened_at, session.ends_at) == (NOW, NOW + timedelta(hours=12))
    assert session.events == [SessionOpened(account_id="account", session_id=session.id, role="learner")]


def test_a_renewal_keeps_what_was_spent():
    session = a_session()
    session.renew("first", "second", "browser", NOW)
    assert (session.refresh_digest, session.spent) == ("second", ["first"])
    assert [type(event) for event in session.events] == [SessionOpened]


def test_a_theft_is_noted_with_its_time():
    session = a_session()
    session.renew("first", "second", "another browser", NOW + MINUTE)
    assert session.revoked_at == NOW + MINUTE
    assert (session.refresh_digest, session.spent) == ("first", [])
