"""Random mixes of moves, drawn and shrunk by Hypothesis, against one learner's study on the real system."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.players.bots import Attack, Move, play_moves

MOVES = st.lists(
    st.builds(
        Move,
        wait_s=st.sampled_from([0.0, 0.0, 0.2, 1.0, 2.0]),
        start=st.sampled_from(["position", "position", "zero", "middle"]),
        length_ms=st.sampled_from([0, 500, 1_000, 2_000, 5_000, 30_000, 10_000_000]),
        number=st.sampled_from([None, None, None, 1, 2, 1_000]),
        rate=st.sampled_from([1.0, 1.0, 1.0, 1.25, 16.0]),
        enter=st.booleans(),
    ),
    min_size=3,
    max_size=12,
)


def attack_by_mixes(attack: Attack, examples: int) -> None:
    """Each mix goes on where the one before left the lesson; what is earned stays within the time allowed.

    Raises AssertionError with the smallest mix that earned more.
    """
    seat = attack.start()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(MOVES)
    def mix(moves: list[Move]) -> None:
        play_moves(attack, seat, moves)
        state = seat.state()
        if state == "awaiting_check":
            seat.pass_check()
        elif state == "ended":
            seat.enter(take_over=True)
            seat.pass_check()
        covered_ms = seat.covered_ms()
        assert covered_ms <= attack.so_far_s * 1000, (covered_ms, attack.so_far_s)

    mix()
