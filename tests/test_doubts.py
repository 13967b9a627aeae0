from brain_tumor_kedro.doubts import AND, BURNED_IN, DOUBTS, LEFT_OUT, find_doubts


def test_doubts_are_found_among_other_sentences_the_gravest_first():
    text = AND.join([LEFT_OUT, "the first of several frames", BURNED_IN])

    assert find_doubts(text) == (BURNED_IN, LEFT_OUT)


def test_what_is_harmless_or_nothing_is_no_doubt():
    assert find_doubts("the first of several frames or pages of a TIFF") == ()
    assert find_doubts(None) == find_doubts("") == ()


def test_every_doubt_is_one_sentence():
    assert [find_doubts(doubt) for doubt in DOUBTS] == [(doubt,) for doubt in DOUBTS]
