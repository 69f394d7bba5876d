"""Named errors, and what becomes of the others."""

import pytest

from animegan.errors import DrawingStoppedError, NotAPhotoError, lack_of_memory_named, named, out_of_memory

LACKS = [
    MemoryError(),
    MemoryError("Unable to allocate 9.31 GiB for an array with shape (50000, 50000)"),  # NumPy
    RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried to"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 100 bytes."),  # on Windows
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    type("OutOfMemoryError", (RuntimeError,), {})("CUDA error"),
    RuntimeError("OpenCV: (-4:Insufficient memory) Failed to allocate 7500000000 bytes"),
    RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"),
    OSError(12, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", LACKS, ids=lambda error: str(error)[:20])
def test_a_lack_of_memory_is_known_whoever_says_it(error):
    assert out_of_memory(error)
    assert str(named(error)).startswith("There is not enough memory: make the photo smaller")
    with pytest.raises(DrawingStoppedError, match="not enough memory"), lack_of_memory_named():
        raise error


@pytest.mark.parametrize(
    "error", [ValueError("out of range"), OSError(28, "No space left on device"), KeyError("memory")]
)
def test_other_errors_are_none(error):
    assert not out_of_memory(error)
    with pytest.raises(type(error)), lack_of_memory_named():
        raise error


def test_any_error_has_a_sentence():
    """In one line, with its cause; a named one stays as it is."""
    error = NotAPhotoError("'a.jpg' is out of memory cards.")
    assert named(error) is error
    unforeseen = ValueError("two\nlines.")
    stopped = named(unforeseen)
    assert str(stopped) == "The drawing failed (ValueError: two lines): look closer with --verbose, and report it."
    assert stopped.__cause__ is unforeseen
    assert "(AssertionError)" in str(named(AssertionError()))
