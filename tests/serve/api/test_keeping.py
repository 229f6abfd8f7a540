"""Keys, sessions, preferences, tries, buckets and repetitions: small things with a clock and a file."""

import json
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="needs the [serve] extra")
from pawlette.errors import BadJob, CannotSave
from pawlette.serve.api.buckets import MOST_NAMES, Buckets
from pawlette.serve.api.keys import Key, Keys, digest_of, fixed_key
from pawlette.serve.api.preferences import LOCKED, Preferences, PreferencesFile, Tries
from pawlette.serve.api.repeats import LONGEST, SENT, Repeats
from pawlette.serve.api.sessions import ADULT, LATE, MOST, QUIET, Sessions


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_bucket_fills_and_is_never_overdrawn(clock):
    buckets = Buckets(rate=2.0, burst=4.0, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0.0] * 4
    assert buckets.take("a") == 0.5
    assert buckets.take("b", 4.0) == 0.0
    assert buckets.take("b", 5.0) == float("inf")
    clock.now += 0.5
    assert buckets.take("a") == 0.0
    clock.now += 100
    assert [buckets.take("a", 2.0), buckets.take("a", 2.0), buckets.take("a", 2.0)] == [0.0, 0.0, 1.0]
    for i in range(MOST_NAMES + 10):
        buckets.take(str(i))
    assert len(buckets._levels) == MOST_NAMES


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 5)), max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_more_is_given_than_flowed_in(asked):
    clock = Clock()
    buckets, given_out, start = Buckets(rate=1.5, burst=5.0, clock=clock), 0.0, clock.now
    for seconds, tokens in asked:
        clock.now += seconds
        if buckets.take("x", tokens) == 0.0:
            given_out += tokens
    assert given_out <= 5.0 + 1.5 * (clock.now - start) + 1e-6


def test_only_digests_are_kept_and_a_dropped_key_is_worthless_at_once(tmp_path):
    keys, other = Keys(tmp_path / "keys.json"), Keys(tmp_path / "keys.json")
    secret = keys.new("ada", adult=True)
    assert len(secret) >= 50
    found = other.find(secret)
    assert (found.name, found.adult) == ("ada", True)
    text = (tmp_path / "keys.json").read_text()
    assert secret not in text
    assert digest_of(secret) in text
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert other.find(secret[:-1]) is other.find("") is None
    keys.new("bo")
    keys.drop("ada")
    assert other.find(secret) is None
    assert [key.name for key in other.all()] == ["bo"]


@pytest.mark.parametrize("name", ["", "Ada", "a b", "-a", "a" * 33, "../x", "local", "ада"])
def test_names_of_keys_are_plain(tmp_path, name):
    with pytest.raises(BadJob):
        Keys(tmp_path / "keys.json").new(name)


def test_a_key_of_the_operator_cannot_be_guessed_and_names_are_not_doubled(tmp_path):
    with pytest.raises(BadJob, match="32 characters"):
        fixed_key("secret")
    keys = Keys(tmp_path / "keys.json", (fixed_key("x" * 32),))
    assert keys.find("x" * 32).adult
    keys.new("ada")
    for act in (lambda: keys.new("ada"), lambda: keys.drop("bo"), lambda: keys.new("operator")):
        with pytest.raises(BadJob):
            act()


NAMES = st.sampled_from(["name", "digest", "adult", "version"])
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner))


def told(read):
    """What was read, or the sentence that says why it was not."""
    try:
        return read()
    except BadJob as error:
        return str(error)


@given(st.binary(max_size=80) | JSON.map(lambda found: json.dumps(found).encode()))
@settings(max_examples=150, deadline=None)
def test_any_file_is_read_or_named(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "it.json"
    path.write_bytes(data)
    keys, kept = told(lambda: Keys(path).all()), told(lambda: PreferencesFile(path).now)
    assert isinstance(keys, tuple) or str(path) in keys
    assert isinstance(kept, Preferences) or str(path) in kept


class Table:
    """Sessions as a store keeps them."""

    def __init__(self):
        self.rows, self.writes, self.full = {}, 0, False

    def sessions(self):
        return tuple(self.rows.values())

    def keep_sessions(self, sessions, *, forget=()):
        if self.full:
            raise CannotSave("the disk is full")
        self.writes += 1
        self.rows |= {one.name: one for one in sessions}
        for name in forget:
            del self.rows[name]


ADA = Key("ada", digest_of("secret"))


def test_a_session_is_an_adults_for_a_while(clock):
    sessions = Sessions(Table(), clock)
    token = sessions.start(ADA)
    assert sessions.find("x") is sessions.find(None) is None
    assert not sessions.is_adult(sessions.find(token))
    sessions.grow_up(token)
    assert sessions.is_adult(sessions.find(token))
    other = sessions.start(None)
    sessions.grow_up(other)
    sessions.end_adults(but=token)
    assert [sessions.is_adult(sessions.find(one)) for one in (token, other)] == [True, False]
    clock.now += ADULT
    assert not sessions.is_adult(sessions.find(token))
    sessions.grow_up(token)
    sessions.grow_down(token)
    assert not sessions.is_adult(sessions.find(token))
    sessions.end(token)
    assert sessions.find(token) is None
    assert sessions.grow_up(token) is None
    clock.now += QUIET + 1
    assert sessions.find(other) is None


def test_a_keys_session_outlives_the_server_and_an_adults_rights_do_not(clock):
    table = Table()
    sessions = Sessions(table, clock)
    token, pin_alone = sessions.start(ADA), sessions.start(None)
    for one in (token, pin_alone):
        sessions.grow_up(one)
    sessions.save()
    assert len(table.rows) == 1
    assert token not in str(table.rows)
    after = Sessions(table, clock)
    found = after.find(token)
    assert (found.owner, found.key, after.is_adult(found)) == ("ada", ADA.digest, False)
    assert after.find(pin_alone) is None
    after.end(token)
    after.save()
    assert not table.rows
    assert Sessions(table, clock).find(token) is None


def test_a_busy_session_is_written_now_and_then_and_a_quiet_one_goes(clock):
    table = Table()
    sessions = Sessions(table, clock)
    token = sessions.start(ADA)
    for _ in range(10):
        sessions.find(token)
        sessions.save()
    assert table.writes == 1
    clock.now += LATE
    sessions.look(token)
    sessions.save()
    assert table.writes == 1  # who only stays prolongs nothing
    sessions.find(token)
    sessions.save()
    assert [one.seen for one in table.rows.values()] == [clock.now]
    clock.now += QUIET + 1
    assert sessions.look(token) is None
    sessions.save()
    assert not table.rows


def test_a_clock_that_was_set_back_prolongs_no_session(clock):
    table = Table()
    sessions = Sessions(table, clock)
    token = sessions.start(ADA)
    sessions.save()
    clock.now -= 10 * QUIET
    after = Sessions(table, clock)
    assert after.look(token)
    clock.now += QUIET + 1
    assert after.look(token) is None


def test_what_a_full_disk_did_not_take_is_kept_later(clock):
    table = Table()
    sessions = Sessions(table, clock)
    token, table.full = sessions.start(ADA), True
    with pytest.raises(CannotSave):
        sessions.save()
    assert sessions.find(token)
    table.full = False
    sessions.save()
    assert Sessions(table, clock).find(token)
    sessions.end(token)
    table.full = True
    with pytest.raises(CannotSave):
        sessions.save()
    table.full = False
    sessions.save()
    assert not table.rows


def test_no_flood_of_sessions_fills_the_store(clock, monkeypatch):
    monkeypatch.setattr("pawlette.serve.api.sessions.MOST", 3)
    table = Table()
    sessions = Sessions(table, clock)
    tokens = []
    for _ in range(5):
        clock.now += 1
        tokens.append(sessions.start(ADA))
        sessions.save()
    assert len(table.rows) == 3 < MOST
    assert [bool(Sessions(table, clock).find(token)) for token in tokens] == [False] * 2 + [True] * 3


def test_preferences_outlive_the_server(tmp_path):
    first = PreferencesFile(tmp_path / "settings.json")
    assert (first.now.history, first.is_pin("1234")) == (False, False)
    first.change(history=True, retention_days=7)
    first.set_pin("1234")
    again = PreferencesFile(tmp_path / "settings.json")
    assert (again.now.history, again.now.retention_days) == (True, 7)
    assert (again.is_pin("1234"), again.is_pin("1235")) == (True, False)
    assert "1234" not in (tmp_path / "settings.json").read_text().replace(again.now.pin_hash, "").replace(
        again.now.pin_salt, ""
    )
    for pin in ("123", "abcd", "1" * 13, "١٢٣٤"):
        with pytest.raises(BadJob):
            first.set_pin(pin)
    with pytest.raises(BadJob):
        Preferences(retention_days=0)


def test_wrong_pins_lock_for_longer_and_longer(clock):
    tries = Tries(clock)
    assert [tries.attempt(lambda: False) for _ in range(5)] == [False] * 5
    assert tries.attempt(lambda: True) == LOCKED
    clock.now += LOCKED
    assert [tries.attempt(lambda: False) for _ in range(5)] == [False] * 5
    assert tries.attempt(lambda: True) == 2 * LOCKED
    clock.now += 2 * LOCKED
    assert tries.attempt(lambda: True) is True
    assert [tries.attempt(lambda: False) for _ in range(4)] == [False] * 4
    assert tries.attempt(lambda: True) is True


def test_only_a_repetition_gets_the_key_of_the_first_time(clock):
    repeats = Repeats(clock)
    first = repeats.key("ada", "body", repeated=False)
    assert repeats.key("ada", "body", repeated=True) == first
    assert repeats.key("bo", "body", repeated=True) != first
    second = repeats.key("ada", "body", repeated=False)
    assert second != first
    repeats.given_up("ada", "body", first)
    assert repeats.key("ada", "body", repeated=True) == second
    repeats.sent("ada", "body", second)
    clock.now += SENT - 1
    assert repeats.key("ada", "body", repeated=True) == second
    clock.now += 2
    third = repeats.key("ada", "body", repeated=True)
    assert third != second
    repeats.given_up("ada", "body", third)
    assert repeats.key("ada", "body", repeated=True) != third
    clock.now += LONGEST + 1
    with repeats.waiting("r") as alone, repeats.waiting("r") as both:
        assert not alone()
        assert not both()
        assert repeats.awaited() == ("r",)
    assert repeats.awaited() == ()
