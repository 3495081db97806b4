"""Names on a map never cover each other, a circle or its edge."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.portal.charts import labels

WIDTH, SIZE = 700.0, 12.0
circles = st.lists(
    st.builds(
        labels.Circle,
        st.text("abcdefgh ", min_size=1, max_size=20),
        st.floats(0, WIDTH),
        st.floats(0, 300),
        st.floats(1, 30),
    ),
    max_size=12,
)


@given(circles)
def test_no_name_covers_another_or_leaves_the_map(found):
    boxes = [labels._box(one, SIZE) for one in labels.placed(found, 8, SIZE, WIDTH)]
    assert all(box[0] >= 0 and box[2] <= WIDTH for box in boxes)
    assert not any(labels._meet(one, other) for one, other in combinations(boxes, 2))


def test_weightiest_circles_are_named_first_and_no_more_than_asked_for():
    found = [labels.Circle(str(i), 60.0 * i, 100, 5) for i in range(1, 11)]
    assert [one.text for one in labels.placed(found, 3, SIZE, WIDTH)] == ["1", "2", "3"]


def test_name_goes_to_the_left_where_its_right_is_taken():
    [first, second] = labels.placed(
        [labels.Circle("Hong Kong", 300, 100, 15), labels.Circle("Taiwan", 325, 98, 14)], 2, SIZE, WIDTH
    )
    assert (first.align, second.align) == ("right", "left")


def test_name_without_room_is_left_out():
    crowd = [labels.Circle("Nama yang panjang", 50 + i, 50, 40) for i in range(4)]
    assert len(labels.placed(crowd, 4, SIZE, 100)) < 4
