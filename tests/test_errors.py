import pickle

from rainbench.errors import RainbenchError, UnknownNameError, UsageError, in_words


def test_an_unknown_name_is_met_with_what_is_known() -> None:
    assert "did you mean rainy?" in str(UnknownNameError.among("method", "rany", ["rainy", "msfm"]))
    assert str(UnknownNameError.among("method", "x", ["rainy"])).endswith("known: rainy")
    assert str(UnknownNameError.among("variant", "x", [])).endswith("known: none")


def test_other_peoples_errors_are_said_with_and_without_words() -> None:
    assert in_words(ValueError("no rain")) == "ValueError: no rain"
    assert in_words(EOFError()) == "EOFError"


def test_an_error_survives_the_way_between_processes() -> None:
    error = UsageError(expected="a", got="b", now="c")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert isinstance(again, UsageError)
    assert (str(again), again.exit_status) == ("expected a, got b; c", 2)
    assert isinstance(again, RainbenchError)
