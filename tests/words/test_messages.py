"""What a run says about itself."""

import copy
import json
import pickle

import pytest

from animegan.words.messages import Message


def test_a_message_is_its_english_sentence():
    message = Message("paint-face", number=2, count=3)
    assert message == "Painting face 2 of 3"
    assert f"{message}." == "Painting face 2 of 3."
    assert (message.code, message.parameters) == ("paint-face", {"number": 2, "count": 3})


def test_a_message_survives_a_copy_and_another_process():
    """A Space that is lent a GPU draws in another process, and its report comes back pickled."""
    message = Message("noisy", noise=7.4)
    for again in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert (again, again.code, again.parameters) == ("noisy (σ 7)", "noisy", {"noise": 7.4})


def test_a_message_as_plain_values():
    assert json.loads(json.dumps(Message("download", come=1.25).to_dict())) == {"code": "download", "come": 1.25}


def test_there_is_no_message_without_its_words_or_its_parameters():
    with pytest.raises(KeyError):
        Message("ponder")
    with pytest.raises(KeyError):
        Message("paint-face", number=2)
