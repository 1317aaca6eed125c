"""Finding the files of a set in the cache and in ``COURSE_DATA``, in every form; what is wrong is refused and named.

There is no network here: no file of these registries has an address.
"""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile

import numpy as np
import pytest

from course_lib.datasets import DataError, download, entries, files, images, load_cifar10, load_cifar100, series, texts
from course_lib.datasets.download import Unreachable
from tests.dataset_server import sha256

FACTS = 'title = "The set {0}"\nsource = "real: {0}"\nlicence = "none"\ncitation = "nobody"\n'


@pytest.fixture(autouse=True)
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(files, "_said", set())
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mirror"))
    (tmp_path / "mirror").mkdir()


@pytest.fixture
def register(tmp_path, monkeypatch):
    """Makes the registry out of TOML and puts it in the place of the real one."""

    def make(toml):
        (tmp_path / "registry.toml").write_text(toml)
        registry = entries.read(tmp_path / "registry.toml")
        for module in (entries, images, series, texts):
            monkeypatch.setattr(module, "registry", lambda: registry)
        return registry

    return make


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


RNG = np.random.default_rng(5)
PARTS = {
    "train-images-idx3-ubyte": idx(RNG.integers(0, 256, (7, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": idx(np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)),
    "t10k-images-idx3-ubyte": idx(RNG.integers(0, 256, (3, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": idx(np.array([6, 5, 3], np.uint8)),
}
PACKED = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in PARTS.items()}


def mnist(name="mnist", packed=None, plain=None, hashes=True):
    packed, plain = packed or PACKED, plain or PARTS
    toml = f"[{name}]\n{FACTS.format(name)}rows = 10\nsplits = {{ train = 7, test = 3 }}\n"
    for gz, data in packed.items():
        inner = plain[gz.removesuffix(".gz")]
        known = f', sha256 = "{sha256(inner)}"' if hashes else ""
        toml += f'[[{name}.files]]\nname = "{gz}"\nbytes = {len(data)}\nsha256 = "{sha256(data)}"\n'
        toml += f'members = [{{ name = "{gz.removesuffix(".gz")}", bytes = {len(inner)}{known} }}]\n'
    return toml


FORMS = {
    "as published": PACKED,
    "plain": PARTS,
    "xz": {f"{name}.xz": lzma.compress(data) for name, data in PARTS.items()},
    "bz2": {f"{name}.bz2": bz2.compress(data) for name, data in PARTS.items()},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("where", ["mirror/mnist", "mirror", "cache/mnist"])
def test_a_set_is_found_in_every_form_and_place(register, tmp_path, form, where):
    register(mnist())
    for name, data in FORMS[form].items():
        put(tmp_path / where / name, data)
    digits = images.load_mnist()
    assert digits.source == "real: mnist, checked by its hash"
    assert digits.train.features.shape == (7, 28, 28) and digits.train.features.dtype == np.uint8
    assert digits.train.features.tobytes() == PARTS["train-images-idx3-ubyte"][16:]
    assert digits.train.target.tolist() == [3, 1, 4, 1, 5, 9, 2] and digits.train.target.dtype == np.int64
    assert digits.test.features.tobytes() == PARTS["t10k-images-idx3-ubyte"][16:]
    assert digits.test.target.tolist() == [6, 5, 3]
    digits.train.features[:] = 0  # may be changed
    assert images.load_mnist().train.features.any()


def test_the_directories_are_searched_in_their_order_and_one_that_is_not_there_is_said(
    register, tmp_path, monkeypatch, capsys
):
    entry = register(mnist())["mnist"]
    second = tmp_path / "second one"
    monkeypatch.setenv("COURSE_DATA", os.pathsep.join(["/nowhere/at/all", str(tmp_path / "mirror"), "", str(second)]))
    for name, data in PACKED.items():
        put(second / "mnist" / name, data)
    assert files.gather(entry).path == second / "mnist"
    for name, data in PARTS.items():
        put(tmp_path / "mirror" / name, data)
    assert files.gather(entry).path == tmp_path / "mirror"
    for name, data in PACKED.items():
        put(tmp_path / "cache/mnist" / name, data)
    assert files.gather(entry).path == tmp_path / "cache/mnist"
    line = "COURSE_DATA names /nowhere/at/all, which is not a directory: it is passed over.\n"
    assert capsys.readouterr().err == line, "said once"


LABELS = "train-labels-idx1-ubyte"


@pytest.mark.parametrize("where", ["mirror/mnist", "mirror", "cache/mnist"])
@pytest.mark.parametrize(
    "name, data, says",
    [
        (f"{LABELS}.gz", b"", "is empty"),
        (f"{LABELS}.gz", PACKED[f"{LABELS}.gz"][:-9], r"is cut short \(\d+ of \d+ bytes\)"),
        (f"{LABELS}.gz", PACKED[f"{LABELS}.gz"][:-1] + b"!", "is not train-labels-idx1-ubyte.gz as published"),
        (f"{LABELS}.gz", PACKED[f"{LABELS}.gz"] + b"x", "is not train-labels-idx1-ubyte.gz as published"),
        (LABELS, b"", "is not the published one"),
        (LABELS, PARTS[LABELS][:-1], r"is not the published one \(14 of 15 bytes"),
        (LABELS, PARTS[LABELS][:-1] + b"\7", "is not the published one"),
        (f"{LABELS}.xz", lzma.compress(PARTS[LABELS])[:-20], "cannot be read .cut short or damaged"),
        (f"{LABELS}.xz", b"", "cannot be read .cut short or damaged"),
        (f"{LABELS}.xz", b"<html>404</html>", "cannot be read .cut short or damaged"),
        (f"{LABELS}.bz2", bz2.compress(PARTS[LABELS])[:-5], "cannot be read .cut short or damaged"),
    ],
)
def test_a_wrong_file_is_refused_and_named_with_the_remedy(register, tmp_path, where, name, data, says):
    register(mnist())
    for other, right in PACKED.items():
        if not other.startswith(LABELS):
            put(tmp_path / where / other, right)
    path = put(tmp_path / where / name, data)
    with pytest.raises(DataError, match=says) as caught:
        images.load_mnist()
    message = str(caught.value)
    assert str(path) in message and "whole copy" in message and "delete it" in message and "\n" not in message
    assert path.read_bytes() == data, "a learner's file is never touched"


def test_the_same_data_packed_anew_is_the_real_set(register, tmp_path):
    register(mnist())
    for name, data in PACKED.items():
        put(tmp_path / "mirror/mnist" / name, gzip.compress(gzip.decompress(data), compresslevel=1, mtime=77))
    assert images.load_mnist().source.endswith("checked by its hash")


def test_a_file_is_never_made_up_for(register, tmp_path):
    """Three of four files are there: no stand-in, and no mix of real images and drawn ones."""
    register(mnist())
    for name, data in list(PACKED.items())[:3]:
        put(tmp_path / "mirror/mnist" / name, data)
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte\.gz of The set mnist is missing .*mirror/mnist"):
        images.load_mnist()


def test_without_any_file_there_is_a_stand_in_that_says_so(register, capsys):
    register(mnist())
    digits = images.load_mnist()
    assert digits.source.startswith("stand-in: ") and digits.test.source == digits.source
    assert (digits.train.features.shape, digits.test.features.shape) == ((7, 28, 28), (3, 28, 28))
    images.load_mnist()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "The set mnist could not be fetched" in lines[0] and "STAND-IN" in lines[0]


def test_two_sets_with_the_same_names_are_told_apart_in_a_common_folder(register, tmp_path):
    plain = {name: data[:-1] + bytes([data[-1] + 1 & 7]) for name, data in PARTS.items()}
    packed = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in plain.items()}
    registry = register(mnist() + mnist("fashion-mnist", packed, plain))
    for form in (PACKED, PARTS):
        for name, data in form.items():
            put(tmp_path / "mirror" / name, data)
        assert images.load_mnist().train.target[0] == 3
        assert files.lies(registry["mnist"]) == tmp_path / "mirror" and files.lies(registry["fashion-mnist"]) is None
        with pytest.raises(Unreachable):
            files.gather(registry["fashion-mnist"])  # those are MNIST's: they are not taken
        for name, data in packed.items():
            put(tmp_path / "cache/fashion-mnist" / name, data)
        assert images.load_fashion_mnist().train.target[-1] == 3
        for name in form:
            (tmp_path / "mirror" / name).unlink()
        for name in packed:
            (tmp_path / "cache/fashion-mnist" / name).unlink()


def test_content_without_a_known_hash_is_checked_by_its_structure_and_that_is_said(register, tmp_path):
    register(mnist(hashes=False))
    for name, data in PARTS.items():
        put(tmp_path / "mirror/mnist" / name, data)
    assert images.load_mnist().source == "real: mnist, checked by size and structure only"
    for broken, says in (
        (b"\0\0\x09\1" + PARTS[LABELS][4:], "does not hold an IDX array"),
        (PARTS[LABELS][:7] + b"\x08" + PARTS[LABELS][8:], "does not hold an IDX array"),
        (PARTS[LABELS][:-1] + b"\x0b", "labels up to 11"),
        (PARTS[LABELS][:-1], "is not the published one .14 of 15 bytes"),
    ):
        put(tmp_path / "mirror/mnist" / LABELS, broken)
        with pytest.raises(DataError, match=says):
            images.load_mnist()


# --- archives


def tar(contents, mode="w:gz", top="batches/"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, data in contents.items():
            item = tarfile.TarInfo(top + name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return stream.getvalue()


def zipped(contents, top="batches/"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(top + name, data)
    return stream.getvalue()


def records(labels, kinds):
    pixels = RNG.integers(0, 256, (len(labels), 3072), np.uint8)
    return np.concatenate([np.array(labels, np.uint8).reshape(len(labels), kinds), pixels], 1).tobytes()


TEN = {f"data_batch_{i}.bin": records([[i], [9]], 1) for i in range(1, 6)}
TEST_BATCH = records([[0], [8]], 1)
ALTERED = TEST_BATCH[:-1] + bytes([TEST_BATCH[-1] ^ 1])
ALL = {**TEN, "test_batch.bin": TEST_BATCH, "batches.meta.txt": b"airplane\n"}
WITH_ALTERED = {**ALL, "test_batch.bin": ALTERED}
ARCHIVE = tar(ALL)


def cifar10():
    toml = f"[cifar10]\n{FACTS.format('cifar10')}rows = 12\nsplits = {{ train = 10, test = 2 }}\n"
    toml += (
        f'[[cifar10.files]]\nname = "ten.tar.gz"\nbytes = {len(ARCHIVE)}\nsha256 = "{sha256(ARCHIVE)}"\nmembers = [\n'
    )
    for name, data in TEN.items():
        toml += f'{{ name = "batches/{name}", bytes = {len(data)}, sha256 = "{sha256(data)}" }},\n'
    known = f'{{ {sha256(ALTERED)} = "1 image re-encoded" }}'
    return toml + f'{{ name = "batches/test_batch.bin", bytes = {len(ALTERED)}, known = {known} }},\n]\n'


def unpack(folder, contents):
    for name, data in contents.items():
        put(folder / name, data)


ARCHIVES = {
    "as published": (lambda d: put(d / "ten.tar.gz", ARCHIVE), "real: cifar10, checked by its hash"),
    "xz": (
        lambda d: put(d / "ten.tar.xz", tar(WITH_ALTERED, "w:xz")),
        "real, with 1 image re-encoded: cifar10, recognised by its hash",
    ),
    "tar": (lambda d: put(d / "ten.tar", tar(ALL, "w")), "real: cifar10, checked by size and structure only"),
    "zip": (lambda d: put(d / "ten.zip", zipped(ALL)), "real: cifar10, checked by size and structure only"),
    "unpacked": (
        lambda d: unpack(d / "batches", WITH_ALTERED),
        "real, with 1 image re-encoded: cifar10, recognised by its hash",
    ),
}


@pytest.mark.parametrize("form", ARCHIVES)
@pytest.mark.parametrize("where", ["mirror/cifar10", "mirror"])
def test_an_archive_is_read_in_every_form_and_what_differs_is_said(register, tmp_path, form, where):
    register(cifar10())
    lay, source = ARCHIVES[form]
    lay(tmp_path / where)
    assert files.lies(entries.registry()["cifar10"]) == tmp_path / where
    things = load_cifar10()
    assert things.source == source
    assert things.train.features.shape == (10, 3, 32, 32) and things.train.features.dtype == np.uint8
    assert things.train.target.tolist() == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9] and things.test.target.tolist() == [0, 8]
    # the record has 1024 bytes of red, row by row, then green, then blue
    raw = np.frombuffer(TEN["data_batch_1.bin"], np.uint8)[1:3073]
    assert things.train.features[0, 1, 2, 3] == raw[1024 + 2 * 32 + 3]
    assert things.target_names[9] == "truck" and len(things.target_names) == 10
    things.train.features[:] = things.test.features[:] = 0  # may be changed


def test_members_that_lie_loose_in_the_sets_own_folder_are_found(register, tmp_path):
    register(cifar10())
    unpack(tmp_path / "mirror/cifar10", ALL)
    assert load_cifar10().train.target[0] == 1


def test_what_took_long_to_unpack_is_kept_and_checked_again(register, tmp_path):
    register(cifar10())
    archive = put(tmp_path / "mirror/cifar10/ten.tar.xz", tar(WITH_ALTERED, "w:xz"))
    first = load_cifar10()
    kept = sorted(p.name for p in (tmp_path / "cache/cifar10/batches").iterdir())
    assert kept == sorted([*TEN, "test_batch.bin"]) and len(list((tmp_path / "cache/cifar10").iterdir())) == 1
    archive.unlink()
    assert load_cifar10().source == first.source
    put(tmp_path / "cache/cifar10/batches/data_batch_2.bin", TEN["data_batch_1.bin"])
    with pytest.raises(DataError, match=r"data_batch_2\.bin in .*batches is not the published one"):
        load_cifar10()


def test_content_that_is_not_certain_is_not_kept(register, tmp_path):
    register(cifar10())
    put(tmp_path / "mirror/ten.tar.xz", tar(ALL, "w:xz"))
    assert load_cifar10().source.endswith("structure only") and not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "name, data, says",
    [
        ("ten.tar.gz", ARCHIVE[:5000], "is cut short"),
        ("ten.tar.xz", tar(ALL, "w:xz")[:9000], "cannot be read .cut short or damaged"),
        (
            "ten.tar.xz",
            tar({**ALL, "data_batch_3.bin": b""}, "w:xz"),
            "data_batch_3.bin in .* is not the published one",
        ),
        (
            "ten.tar.xz",
            tar({**ALL, "data_batch_3.bin": TEN["data_batch_4.bin"]}, "w:xz"),
            "data_batch_3.bin in .* is not",
        ),
        ("ten.tar.xz", tar({**ALL, "test_batch.bin": TEST_BATCH[:-1]}, "w:xz"), "test_batch.bin in .* is not"),
        ("ten.tar.xz", tar({**ALL, "test_batch.bin": b"\x0a" + TEST_BATCH[1:]}, "w:xz"), "labels that CIFAR does not"),
        ("ten.tar.xz", tar({k: v for k, v in ALL.items() if "5" not in k}, "w:xz"), "holds 0 of 1 data_batch_5.bin"),
        ("ten.zip", zipped(ALL)[:5000], "cannot be read .cut short or damaged"),
        ("ten.tar", b"", "cannot be read .cut short or damaged"),
    ],
)
def test_a_wrong_archive_is_refused_and_named(register, tmp_path, name, data, says):
    register(cifar10())
    path = put(tmp_path / "mirror/cifar10" / name, data)
    with pytest.raises(DataError, match=says) as caught:
        load_cifar10()
    assert str(path) in str(caught.value) and "delete it" in str(caught.value)


def test_an_archive_unpacked_in_part_is_not_replaced_by_a_stand_in(register, tmp_path):
    register(cifar10())
    unpack(tmp_path / "mirror/cifar10/batches", TEN)
    with pytest.raises(DataError, match=r"missing or incomplete in .*mirror/cifar10/batches"):
        load_cifar10()


def test_cifar100_has_fine_and_coarse_labels(register, tmp_path):
    fine, coarse = [f"thing{i}" for i in range(100)], [f"group{i}" for i in range(20)]
    contents = {
        **{"train.bin": records([[19, 99], [0, 1]], 2), "test.bin": records([[7, 55]], 2)},
        **{"fine_label_names.txt": "\n".join(fine).encode(), "coarse_label_names.txt": "\n".join(coarse).encode()},
    }
    archive = tar(contents)
    toml = f"[cifar100]\n{FACTS.format('cifar100')}splits = {{ train = 2, test = 1 }}\n[[cifar100.files]]\n"
    members = ", ".join(f'{{ name = "batches/{name}" }}' for name in contents)
    register(toml + f'name = "hundred.tar.gz"\nsha256 = "{sha256(archive)}"\nmembers = [{members}]\n')
    put(tmp_path / "cache/cifar100/hundred.tar.gz", archive)
    things, groups = load_cifar100(), load_cifar100(coarse=True)
    assert things.train.target.tolist() == [99, 1] and things.target_names == tuple(fine)
    assert groups.train.target.tolist() == [19, 0] and groups.target_names == tuple(coarse)
    raw = np.frombuffer(contents["test.bin"], np.uint8)
    assert (things.test.features[0].ravel() == raw[2:]).all() and things.test.features.shape == (1, 3, 32, 32)
    things.test.features[:] = 0  # may be changed


# --- texts


def test_imdb_s_reviews_are_in_the_order_of_their_numbers(register, tmp_path):
    kinds = [f"{split}/{kind}" for split in ("train", "test") for kind in ("neg", "pos")]
    reviews = {f"{kind}/{i}_3.txt": f"{kind} {i} café".encode() for kind in kinds for i in (10, 9, 0)}
    archive = tar({**reviews, "train/unsup/0_0.txt": b"of no kind"}, top="aclImdb/")
    toml = f'[imdb]\n{FACTS.format("imdb")}splits = {{ train = 6, test = 6 }}\n[[imdb.files]]\nname = "a.tar.gz"\n'
    members = ", ".join(f'{{ name = "aclImdb/{kind}/*.txt", count = 3 }}' for kind in kinds)
    register(toml + f'sha256 = "{sha256(archive)}"\nmembers = [{members}]\n')
    put(tmp_path / "cache/imdb/a.tar.gz", archive)
    imdb = texts.load_imdb()
    assert imdb.train.texts[:3] == ("train/neg 0 café", "train/neg 9 café", "train/neg 10 café")
    assert imdb.test.texts[3] == "test/pos 0 café" and imdb.test.target.tolist() == [0, 0, 0, 1, 1, 1]
    assert imdb.source == "real: imdb, checked by its hash" and imdb.target_names == ("negative", "positive")
    assert repr(imdb).startswith("<imdb: 6 + 6 texts; real")
    (tmp_path / "cache/imdb/a.tar.gz").unlink()
    unpack(tmp_path / "mirror/aclImdb", reviews)
    assert texts.load_imdb().source == "real: imdb, checked by size and structure only"
    (tmp_path / "mirror/aclImdb/test/neg/9_3.txt").unlink()
    with pytest.raises(DataError, match=r"aclImdb holds 2 of 3 test/neg/\*\.txt"):
        texts.load_imdb()


def test_wikitext_has_three_parts(register, tmp_path):
    contents = {f"wiki.{part}.tokens": f" = {part} = \n two <unk> \n".encode() for part in ("train", "valid", "test")}
    archive = zipped(contents, "wikitext-2/")
    toml = f"[wikitext-2]\n{FACTS.format('w')}splits = {{ train = 2, valid = 2, test = 2 }}\n[[wikitext-2.files]]\n"
    members = ", ".join(f'{{ name = "wikitext-2/{name}" }}' for name in contents)
    register(toml + f'name = "w.zip"\nsha256 = "{sha256(archive)}"\nmembers = [{members}]\n')
    put(tmp_path / "mirror/w.zip", archive)
    wiki = texts.load_wikitext2()
    assert wiki.valid == " = valid = \n two <unk> \n" and wiki.entropy is None
    assert wiki.text == wiki.train + wiki.valid + wiki.test and wiki.source.startswith("real: w, checked by its hash")
    (tmp_path / "mirror/w.zip").unlink()
    unpack(tmp_path / "mirror/wikitext-2", {**contents, "wiki.test.tokens": b" = test = \n"})
    with pytest.raises(DataError, match="the test part in .* has 1 lines, not 2"):
        texts.load_wikitext2()


def test_a_series_is_read_with_its_dates(register, tmp_path):
    raw = b'"Month","Sales"\r\n"1-01",266.0\r\n"1-02",145.9\r\n"1-03",-3'
    toml = f'[shampoo]\n{FACTS.format("s")}rows = 3\nunit = "bottles"\nfolders = ["time-series"]\n[[shampoo.files]]\n'
    register(toml + f'name = "shampoo.csv"\nsha256 = "{sha256(raw)}"\n')
    put(tmp_path / "mirror/time-series/shampoo.csv", raw)
    sales = series.load_series("shampoo")
    assert sales.dates == ("1-01", "1-02", "1-03") and sales.values.tolist() == [266.0, 145.9, -3.0]
    assert sales.unit == "bottles" and sales.source == "real: s, checked by its hash"
    assert repr(sales) == "<shampoo: 3 values, 1-01 to 1-03; real: s, checked by its hash>"
    register(toml.replace("rows = 3", "rows = 4") + f'name = "shampoo.csv"\nsha256 = "{sha256(raw)}"\n')
    with pytest.raises(DataError, match="shampoo.csv has 3 values, not 4"):
        series.load_series("shampoo")


PAIRS = "".join(f"Number {i}.\tNuméro {i}.\tby somebody\n" for i in range(1000)).encode()


def test_other_editions_of_the_sentence_pairs_are_taken_and_said(register, tmp_path, monkeypatch):
    pinned, kept, new = (zipped({"fra.txt": PAIRS[cut:]}, top) for cut, top in ((0, ""), (0, "fra-eng/"), (0, "x/y/")))
    monkeypatch.setattr(texts, "_FEWEST_PAIRS", 1000)
    toml = f"[fra-eng]\n{FACTS.format('pairs')}rows = 3\nany_of = true\n"
    toml += f'[[fra-eng.files]]\nname = "old.zip"\nsha256 = "{sha256(pinned)}"\n'
    toml += f'members = [{{ name = "fra-eng/fra.txt", sha256 = "{sha256(PAIRS)}" }}]\n'
    toml += f'[[fra-eng.files]]\nname = "fra-eng.zip"\nunpinned = true\nsha256 = "{sha256(kept)}"\n'
    register(toml + 'members = [{ name = "fra-eng/fra.txt" }]\n')
    for name, data, says in (
        ("old.zip", pinned, "checked by its hash"),
        ("fra-eng.zip", kept, "checked by its hash"),
        ("fra-eng.zip", new, "checked by size and structure only"),
        ("fra-eng/fra.txt", PAIRS, "checked by its hash"),
        ("fra-eng/fra.txt", PAIRS + b"One.\tUn.\n", "checked by size and structure only"),
    ):
        path = put(tmp_path / "mirror" / name, data)
        pairs = texts.load_translation()
        assert pairs.source.startswith(f"real: pairs, {says}; 100") and pairs[2] == ("Number 2.", "Numéro 2.")
        path.unlink()
    for name, data, says in (
        ("old.zip", pinned[:-1], "is not old.zip as published|is cut short"),
        ("fra-eng.zip", new[:-30], "cannot be read .cut short or damaged"),
        ("fra-eng.zip", b"", "cannot be read .cut short or damaged"),
        ("fra-eng.zip", zipped({"fra.txt": PAIRS[100:]}), r"has 99\d pairs in 99\d lines"),
        ("fra-eng.zip", zipped({"fra.txt": PAIRS + b"one\n"}), "1000 pairs in 1001 lines"),
        ("fra-eng.zip", zipped({"fra.txt": b"\xff" + PAIRS}), "not text in UTF-8 .byte 0"),
        ("fra-eng.zip", zipped({"deu.txt": PAIRS}), "holds 0 of 1 fra.txt"),
    ):
        path = put(tmp_path / "mirror" / name, data)
        with pytest.raises(DataError, match=says) as caught:
            texts.load_translation()
        assert "mirror" in str(caught.value)
        path.unlink()
    assert texts.load_translation().source.startswith("stand-in")


def test_the_real_registry_is_whole():
    for name, entry in entries.registry().items():
        assert entry.name == name and entry.folders[0] == name
        for file in entry.files:
            kind, _, value = file.hash.partition(":")
            assert len(value) == {"sha256": 64, "sha1": 40, "md5": 32}[kind], file.name
            assert all(c in "0123456789abcdef" for m in file.members for c in m.sha256 + "".join(m.known))
            assert all(len(digest) == 64 for m in file.members for digest in (m.sha256, *m.known) if digest)
            assert file.members and all(url.startswith("http") for url in file.urls)
            assert "/" not in file.name and (
                file.bytes or not file.hash.startswith("sha256") or "wikitext" in file.name
            )
        if entry.files:
            assert any(file.urls for file in entry.files) and entry.source.startswith("real: ")
            assert len({download.urlsplit(u).hostname for f in entry.files for u in f.urls}) > 1 or name in (
                "cifar100",
                "fra-eng",
            )
