"""The command: what it prints, what it writes, how it fails."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image, PngImagePlugin

from pawlette import studio as studio_module
from pawlette.cli import main
from pawlette.cli_errors import STOPPED
from tests.fakes import FakeModel
from tests.model.checkpoints import save_lora


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(studio_module, "load_model", lambda *given, **parts: FakeModel())
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, list(args))


def files(folder, pattern="*"):
    return sorted(p.name for p in folder.glob(pattern))


def test_draw_writes_one_picture_and_says_where(run, tmp_path):
    result = run("draw", "a cute panda", "--seed", "5", "--steps", "2")
    assert result.exit_code == 0
    assert "pawlette-panda-5.png" in result.stdout
    assert files(tmp_path) == ["pawlette-panda-5.png"]


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    for name in ("a.png", "b.png"):
        assert run("draw", "a cute panda", "--seed", "5", "--steps", "2", "--out", name).exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_count_gives_following_seeds_and_a_contact_sheet(run, tmp_path):
    result = run("draw", "a cat", "--seed", "1", "--count", "3", "--steps", "1", "--out", "cats")
    assert result.exit_code == 0
    assert files(tmp_path / "cats") == [
        "pawlette-cat-1.png", "pawlette-cat-2.png", "pawlette-cat-3.png", "pawlette-sheet.png",
    ]  # fmt: skip


def test_pictures_of_a_list_have_the_bytes_that_they_have_alone(run, tmp_path):
    run("draw", "a cat", "--seed", "1", "--count", "3", "--steps", "2", "--out", "cats")
    for seed in ("1", "2", "3"):
        run("draw", "a cat", "--seed", seed, "--steps", "2", "--out", f"{seed}.png")
        alone, listed = tmp_path / f"{seed}.png", tmp_path / "cats" / f"pawlette-cat-{seed}.png"
        assert alone.read_bytes() == listed.read_bytes()


def test_a_row_that_fails_while_drawing_is_named_and_the_others_are_drawn(run, tmp_path, monkeypatch):
    monkeypatch.setattr(studio_module, "load_model", lambda *given, **parts: FakeModel(broken_seeds=(2,)))
    (tmp_path / "list.csv").write_text("prompt,seed\na cat,1\na dog,2\na fox,3\n")
    result = run("draw", "--from-csv", "list.csv", "--out", "out", "--steps", "1")
    assert result.exit_code == 10
    assert "row 3: the latents are not finite" in result.stderr
    assert files(tmp_path / "out") == ["pawlette-cat-1.png", "pawlette-fox-3.png", "pawlette-sheet.png"]
    stopped = run("draw", "a cat", "--seed", "1", "--count", "3", "--out", "cats", "--steps", "1")
    assert stopped.exit_code == 7
    assert files(tmp_path / "cats") == ["pawlette-cat-1.png"]


def test_parts_may_take_turns(run, tmp_path):
    for name, more in (("a", ()), ("b", ("--in-turns",))):
        run("draw", "a cat", "--seed", "1", "--count", "2", "--steps", "2", "--out", name, *more)
        assert len(files(tmp_path / name)) == 3
    assert (tmp_path / "a" / "pawlette-cat-2.png").read_bytes() == (
        tmp_path / "b" / "pawlette-cat-2.png"
    ).read_bytes()


def test_the_precision_reaches_the_model(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(
        studio_module, "load_model", lambda *_, precision, **parts: given.append(precision) or FakeModel()
    )
    monkeypatch.chdir(tmp_path)
    for more in ((), ("--precision", "fp16")):
        assert CliRunner().invoke(main, ["draw", "a cat", "--steps", "1", *more]).exit_code == 0
    assert given == ["auto", "fp16"]
    wrong = CliRunner().invoke(main, ["draw", "a cat", "--precision", "int8"])
    assert wrong.exit_code == 2
    assert "'fp8'" in wrong.stderr


def test_nothing_is_written_over(run, tmp_path):
    for _ in range(2):
        run("draw", "a cat", "--seed", "1", "--steps", "1")
    assert files(tmp_path) == ["pawlette-cat-1-2.png", "pawlette-cat-1.png"]


def test_a_refusal_is_kind_and_has_its_exit_code(run, tmp_path):
    result = run("draw", "a pig on a plate with a fork")
    assert result.exit_code == 3
    assert "→" in result.stderr
    assert files(tmp_path) == []


def test_an_unknown_animal_has_its_exit_code(run):
    result = run("draw", "a cute walrus")
    assert result.exit_code == 4
    assert "walrus" in result.stderr


@pytest.mark.parametrize(
    ("args", "code", "word"),
    [
        (("draw",), 2, "say what to draw"),
        (("draw", "a cat", "--size", "big"), 2, "256 or 1328x1328"),
        (("draw", "a cat", "--size", "640"), 2, "640x640"),
        (("draw", "a cat", "--out", "a.gif"), 2, "a.gif"),
        (("draw", "a cat", "--out", "a.png", "--format", "webp"), 2, "--format says webp"),
        (("draw", "a cat", "--style", "oil"), 2, "oil"),
        (("draw", "a cat", "--device", "tpu", "--model", "nowhere"), 5, "nowhere"),
        (("draw", "a cat", "--transparent", "--out", "a.jpg"), 2, "no transparency"),
        (("draw", "a cat", "--finish", "oil"), 2, "saturation=0.4,cartoon=0.3"),
        (("draw", "a cat", "--decoder", "lite"), 2, "'lite'"),
        (("draw", "a cat", "--lora", "bear"), 2, "no LoRA 'bear'"),
        (("open", "nothing.png"), 6, "does not exist"),
    ],
)
def test_bad_options_say_what_came(run, args, code, word):
    result = run(*args)
    assert result.exit_code == code, result.output
    assert word in result.stderr


def test_a_list_goes_on_past_bad_rows_and_names_them(run, tmp_path):
    rows = [
        "prompt,seed,style,name",
        "a cat,1,,tom",
        "a pig on a plate with a fork,,,",
        "a dog,x,,",
        ",,,",
        "a fox,2,crayon,",
    ]
    (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    result = run("draw", "--from-csv", "list.csv", "--out", "out", "--steps", "1")
    assert result.exit_code == 10
    assert files(tmp_path / "out") == ["pawlette-fox-2.png", "pawlette-sheet.png", "tom.png"]
    for number in (3, 4, 5):
        assert f"row {number}:" in result.stderr


@pytest.mark.parametrize("table", ["", "name\nx", "prompt,size\na,b", "prompt\n\xff"])
def test_a_table_that_is_none_is_named(run, tmp_path, table):
    (tmp_path / "list.csv").write_bytes(table.encode("latin-1"))
    result = run("draw", "--from-csv", "list.csv")
    assert result.exit_code == 2
    assert "list.csv" in result.stderr


def test_a_list_names_rows_by_their_line_and_survives_odd_cells(run, tmp_path):
    rows = [
        "prompt,seed,style,name",
        "",
        "a cat,1,,",
        "",
        f"a dog,{'9' * 5000},,",
        f"a fox,2,,{'熊' * 99}",
        "a pig,3,sticker,",
    ]
    (tmp_path / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    result = run("draw", "--from-csv", "list.csv", "--out", "out", "--steps", "1", "--format", "jpeg")
    assert result.exit_code == 10
    assert files(tmp_path / "out") == ["pawlette-cat-1.jpg"]
    for number in (5, 6, 7):
        assert f"row {number}:" in result.stderr


def test_a_list_takes_no_seed_of_its_own(run, tmp_path):
    (tmp_path / "list.csv").write_text("prompt\na cat\n")
    assert run("draw", "--from-csv", "list.csv", "--seed", "5").exit_code == 2


def test_no_environment_variable_opens_the_gate(run, monkeypatch):
    for name in (
        "PAWLETTE_DRAW_STUDIO_MODE",
        "PAWLETTE_STUDIO_MODE",
        "PAWLETTE_STUDIO",
        "PAWLETTE_WORDS_STUDIO_MODE",
    ):
        monkeypatch.setenv(name, "1")
    assert run("draw", "frobnicate and nothing else").exit_code == 3
    assert run("words", "frobnicate and nothing else").exit_code == 3


def test_the_contact_sheet_is_labelled(run, tmp_path):
    run("draw", "a cat", "--count", "2", "--steps", "1", "--out", "cats")
    with Image.open(tmp_path / "cats" / "pawlette-sheet.png") as sheet:
        sheet.load()
        assert json.loads(sheet.text["AIGC"])["Label"] == "1"
        assert b"trainedAlgorithmicMedia" in sheet.info["xmp"]


def test_redrawing_with_another_model_is_said(run, tmp_path):
    run("draw", "a cat", "--seed", "1", "--steps", "1", "--out", "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        record = json.loads(picture.text["pawlette"]) | {"model": "another", "open_text": True}
        info = PngImagePlugin.PngInfo()
        info.add_itxt("pawlette", json.dumps(record))
        picture.save(tmp_path / "b.png", pnginfo=info)
    result = run("open", "b.png", "--redraw", "c.png")
    assert result.exit_code == 0
    assert "'another'" in result.stderr
    assert "open text" in result.stderr
    assert run("open", "a.png", "--redraw", "nosuffix").exit_code == 2
    assert not (tmp_path / "nosuffix").exists()


def test_a_file_of_words_that_is_not_text_is_named(run, tmp_path):
    (tmp_path / "words.txt").write_bytes(b"\xff\xfe\x00")
    result = run("words", "--from-file", "words.txt")
    assert result.exit_code == 2
    assert "words.txt" in result.stderr


def test_names_cannot_leave_the_folder(run, tmp_path):
    (tmp_path / "list.csv").write_text("prompt,name\na cat,../../x\n")
    result = run("draw", "--from-csv", "list.csv", "--out", "out")
    assert result.exit_code == 10
    assert "'../../x'" in result.stderr
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_no_half_file(run, tmp_path, monkeypatch):
    def stop(self, latents):
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeModel, "step", stop)
    result = run("draw", "a cat")
    assert result.exit_code == STOPPED
    assert files(tmp_path) == []


def test_open_shows_the_record_and_draws_again(run, tmp_path):
    run("draw", "一只可爱的熊猫", "--seed", "9", "--steps", "2", "--out", "a.png")
    shown = run("open", "a.png")
    assert json.loads(shown.stdout)["words"] == "一只可爱的熊猫"
    assert run("open", "a.png", "--redraw", "b.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_finish_is_drawn_again(run, tmp_path):
    run(
        "draw",
        "a cat",
        "--seed",
        "9",
        "--steps",
        "2",
        "--finish",
        "saturation=0.4,cartoon=0.3",
        "--out",
        "a.png",
    )
    run("draw", "a cat", "--seed", "9", "--steps", "2", "--out", "plain.png")
    assert json.loads(run("open", "a.png").stdout)["finish"] == {"saturation": 0.4, "cartoon": 0.3}
    assert run("open", "a.png", "--redraw", "b.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as finished, Image.open(tmp_path / "plain.png") as plain:
        assert finished.tobytes() != plain.tobytes()


def test_a_lora_is_applied_again_where_the_same_file_is_found(run, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    path = save_lora(tmp_path / ".pawlette" / "loras" / "fox.safetensors")
    run("draw", "a cat", "--seed", "9", "--steps", "2", "--lora", "fox:0.5", "--out", "a.png")
    found = run("open", "a.png", "--redraw", "b.png")
    assert found.stderr == ""
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    save_lora(path, seed=10)
    assert "is not the one" in run("open", "a.png", "--redraw", "c.png").stderr
    path.unlink()
    gone = run("open", "a.png", "--redraw", "d.png")
    assert gone.exit_code == 0
    assert "'fox:0.5', it is not here: left out" in gone.stderr


def test_words_as_json_one_object_a_line(run, tmp_path):
    (tmp_path / "lines.txt").write_text(
        "a cute panda\na pig on a plate with a fork\n两只熊猫\n", encoding="utf-8"
    )
    result = run("words", "--json", "--from-file", "lines.txt")
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["status"] for one in objects] == ["accepted", "refused", "accepted"]
    assert {"text", "status", "code", "message", "scene", "dropped", "prompt"} <= set(objects[0])


def test_words_shows_what_was_understood(run):
    result = run("words", "two fluffy bunnies in the snow")
    assert result.exit_code == 0
    assert "bunny" in result.stdout
    assert "prompt:" in result.stdout


def test_styles_and_models(run):
    assert "storybook" in run("styles").stdout
    shown = run("models").stdout
    for part in ("panda", "decoders: full", "LoRAs by name:"):
        assert part in shown
