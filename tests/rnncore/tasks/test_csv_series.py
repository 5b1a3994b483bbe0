"""Series from tables of one's own: what is read, and what is refused with which words."""

import re

import pytest

from rnncore.tasks.csv_series import read_series


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("month,price\n2020-01,1.5\n2020-02,-2\n2020-03,1e3\n\n", "utf-8"),
        ("month;price\r\n2020-01;1.5\r\n2020-02;-2\r\n2020-03;1e3\r\n", "utf-8-sig"),
        ("month\tprice\n2020-01\t 1.5\n2020-02\t-2\n2020-03\t1000\n", "utf-8"),
    ],
)
def test_a_time_and_a_value(tmp_path, text, encoding):
    name, times, values = read_series(write(tmp_path, text, encoding))
    assert name == "price"
    assert times == ["2020-01", "2020-02", "2020-03"]
    assert values.tolist() == [1.5, -2.0, 1000.0]


def test_a_line_ends_where_a_table_ends_it(tmp_path):
    """And not at the other ends of lines that Unicode knows."""
    series = read_series(write(tmp_path, 'month,price\n"May\x0b\u2028 20",1\nJune,2\n'))
    assert series.times == ["May\x0b\u2028 20", "June"]


def test_values_alone_and_one_column_of_several(tmp_path):
    assert read_series(write(tmp_path, "price\n1\n2\n")).times == ["2", "3"]
    table = write(tmp_path, "day,open,close\n2020-01-03,1,2\n2020-01-06,3,4\n")
    assert read_series(table, "open").values.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("month,price\n2020-01,1\n2020-02,\n2020-03,3\n", "line 3 (2020-02) must have a value under 'price'"),
        ("month,price\n2020-01,1\n2020-02,NaN\n", "there is a gap"),
        ("price\n1\n\n3\n", "line 3 must have a value"),
        ("month,price\n2020-01,1\n2020-02\n", "line 3 must have a value"),
        ("month,price\n2020-01,1\n2020-02,about 7\n", "must have a number under 'price'; got 'about 7'"),
        ("month,price\n2020-01,1\n2020-02,inf\n", "must have a number"),
        ("month,open,close\n2020-01,1,2\n2020-02,1,2\n", "got 3 columns: month, open, close"),
        ("month,price\n2020-01,1\n2020-02,1,024\n", "must have 2 fields, as line 1 has; got 3"),
        ("2020-01,1\n2020-02,2\n2020-03,4\n", "line 1 must name the columns"),
        ("month,price\n2020-01,1\n", "at least two of values"),
        ("", "at least two of values"),
        ("year,price\n2003,1\n2002,2\n2001,3\n", "must have the oldest line first"),
        ("month,price\n2020-01,1\n2020-02,1\n2020-05,1\n2020-06,1\n", "lines 3 and 4 (2020-02, 2020-05)"),
        ("year,price\n2001,1\n2002,2\n2002,3\n", "is not later than the first"),
    ],
)
def test_what_is_refused(tmp_path, text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read_series(write(tmp_path, text))


def test_a_column_that_is_not_there_another_encoding_and_no_file(tmp_path):
    with pytest.raises(ValueError, match="one of month, price; got 'cost'"):
        read_series(write(tmp_path, "month,price\n1,2\n2,3\n"), "cost")
    with pytest.raises(ValueError, match="UTF-8"):
        read_series(write(tmp_path, "month,prix\n1,2\né,3\n", "latin-1"))
    with pytest.raises(FileNotFoundError):
        read_series(tmp_path / "none.csv")


def test_words_for_times_and_weekends_are_taken(tmp_path):
    days = ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]
    for times in (["spring", "summer", "autumn", "winter"], days):
        rows = "\n".join(f"{time},{k}" for k, time in enumerate(times))
        assert read_series(write(tmp_path, f"time,value\n{rows}\n")).times == times
