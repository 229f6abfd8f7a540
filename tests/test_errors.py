"""The tree in the module's docstring is the tree of classes, and every error has its own exit code."""

from pawlette import errors


def subclasses(kind):
    return [kind, *(below for child in kind.__subclasses__() for below in subclasses(child))]


def test_every_error_stands_in_the_tree():
    drawn = {line.strip("│├└─ ").split()[0] for line in errors.__doc__.splitlines() if line.strip("│├└─ ")}
    assert {kind.__name__ for kind in subclasses(errors.PawletteError)} <= drawn


def test_exit_codes_are_distinct_but_for_the_two_weights():
    codes = [kind.exit_code for kind in subclasses(errors.PawletteError) if kind is not errors.BadWeights]
    assert len(codes) == len(set(codes))
    assert errors.BadWeights.exit_code == errors.BadModel.exit_code
    assert 0 not in codes
