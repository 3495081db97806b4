"""Columns as MS-Var describes them: rules that are understood, and three dictionaries derived from one list."""

from __future__ import annotations

import doctest
import re

import pytest
from frictionless import Schema
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.reference.published import published_lists
from ckanext.satudatapmi.schemas import csvw, datastore_dictionary, form, shapes, table_schema, variables
from ckanext.satudatapmi.schemas.variables import Variable, rules, variable
from tests.schemas import form_answers
from tests.strategies import JSON

SITE = "https://data.example.go.id"
FILE = csvw.Csv(f"{SITE}/a.csv", "Penempatan", f"{SITE}/dataset/a/resource/b/kamus")
# The W3C Recommendation "Metadata Vocabulary for Tabular Data": what a table, a schema, a column and a datatype may say.
COMMON = {"aboutUrl", "datatype", "default", "lang", "null", "ordered", "propertyUrl", "required", "separator"}
COMMON |= {"textDirection", "valueUrl"}
TABLE = {"@context", "url", "dialect", "notes", "tableDirection", "tableSchema", "transformations", "@id", "@type"}
SCHEMA = COMMON | {"columns", "foreignKeys", "primaryKey", "rowTitles", "@id", "@type"}
COLUMN = COMMON | {"name", "suppressOutput", "titles", "virtual", "@id", "@type"}
DATATYPE = {"base", "format", "length", "minLength", "maxLength", "minimum", "maximum", "minInclusive", "@id", "@type"}


def column(**values):
    given = {"nama": "Provinsi", "alias": "kode_provinsi", "definisi": "Provinsi asal", "tipe_data": "CHARACTER"}
    return given | values


rule_texts = st.one_of(
    st.sampled_from(["HARUS TERISI", "unik", "KUNCI", "MINIMAL 0", "MAKSIMAL 10", "POLA [A-Z]{3}", "KODE wilayah"]),
    st.text(max_size=20),
)


@st.composite
def sound_columns(draw):
    """Lists of MS-Var documents that comply, with unknown keys among them."""
    of = form.load("ms_var")
    found = []
    for number in range(draw(st.integers(1, 4))):
        answers = draw(form_answers.answers(of)) | column(nama=draw(st.text("abc /é", min_size=1)), alias=f"k{number}")
        answers["tipe_data"] = draw(st.sampled_from(["CHARACTER", "INTEGER", "FLOAT", "DATE", "BOOLEAN"]))
        answers["aturan_validasi"] = draw(st.lists(rule_texts, max_size=3)) or None
        answers["value_domain"] = None
        answers["id_sds"] = 15219
        document = shapes.write(of, shapes.INDAH, answers)
        document["kunci_lain"] = draw(JSON)
        if not dictionaries.problems([document], "id"):
            found.append(document)
    return found


def names(documents):
    return [variable(document).name for document in documents]


@pytest.mark.parametrize("module", [variables, csvw])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_phrases_are_understood_and_others_stay_text():
    found = rules(
        ["harus  terisi", "UNIK", "Minimal -2", "MAKSIMAL 9.5", "POLA a|b", "KODE negara", "Kode pos Indonesia"]
    )
    assert (found.required, found.unique, found.minimum, found.maximum) == (True, True, "-2", "9.5")
    assert (found.pattern, found.codes, found.texts) == ("a|b", "negara", ("Kode pos Indonesia",))
    assert rules(["MINIMAL 2 karakter", "unik per tahun"]).texts == ("MINIMAL 2 karakter", "unik per tahun")


@given(st.lists(st.text(max_size=30), max_size=4))
@budget(max_examples=50)
def test_every_rule_is_understood_or_kept(texts):
    found = rules(texts)
    understood = sum(1 for text in texts if text not in found.texts)
    assert understood + sum(texts.count(text) for text in set(found.texts)) == len(texts)


@given(st.dictionaries(st.sampled_from(sorted(form.load("ms_var").by_key)), JSON))
@budget(max_examples=50)
def test_reading_any_document_never_fails(document):
    one = variable(document)
    assert isinstance(one, Variable)
    dictionaries.problems([document], "id")


@given(sound_columns())
@budget(max_examples=40)
def test_three_dictionaries_agree(documents):
    columns = [variable(document) for document in documents]
    schema = table_schema.table_schema(columns, dictionaries.lists(), SITE)
    entries = datastore_dictionary.entries(documents)
    metadata = csvw.metadata(columns, dictionaries.lists(), FILE, SITE)
    web = metadata["tableSchema"]["columns"]
    assert [one["name"] for one in schema["fields"]] == [one["id"] for one in entries] == names(documents)
    assert [one["titles"][0] for one in web] == names(documents)
    assert not list(Schema.metadata_validate(schema))
    for field, entry, one in zip(schema["fields"], entries, web, strict=True):
        codes = entry["info"].get("codes")
        assert ("codeList" in field) == ("valueUrl" in one) == (codes is not None)
        assert field.get("constraints", {}).get("required", False) == one.get("required", False)
    assert_csvw(metadata)


def assert_csvw(metadata):
    """Every property is the Recommendation's or a Dublin Core one; names are unique and fit a URI template."""

    def unknown(found, allowed):
        return {key for key in found if key not in allowed and not key.startswith("dc:")}

    assert metadata["@context"][0] == "http://www.w3.org/ns/csvw"
    schema = metadata["tableSchema"]
    assert not unknown(metadata, TABLE) and not unknown(schema, SCHEMA)
    columns = schema["columns"]
    column_names = [one["name"] for one in columns]
    assert len(set(column_names)) == len(columns) and set(schema.get("primaryKey", ())) <= set(column_names)
    for one in columns:
        assert not unknown(one, COLUMN)
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", one["name"])
        datatype = one["datatype"] if isinstance(one["datatype"], dict) else {"base": one["datatype"]}
        assert not unknown(datatype, DATATYPE)
        assert datatype["base"] in {"string", "integer", "decimal", "date", "boolean"}
        if "valueUrl" in one:
            assert one["valueUrl"].endswith(f"/{{{one['name']}}}")


@given(sound_columns())
@budget(max_examples=30)
def test_nothing_is_lost_in_the_dictionary_of_the_datastore(documents):
    assert datastore_dictionary.documents(datastore_dictionary.entries(documents)) == documents


def test_ms_var_comes_from_a_dictionary_that_has_none():
    fields = [
        {"id": "_id", "type": "int"},
        {"id": "kode_wilayah", "type": "text", "info": {"label": "Wilayah", "codes": "wilayah"}},
        {"id": "nilai", "type": "numeric", "info": {"label": "Nilai", "notes": "Kosong bukan nol.", "unit": "orang"}},
    ]
    documents = datastore_dictionary.documents(fields)
    assert names(documents) == ["kode_wilayah", "nilai"]
    assert dictionaries.problems(documents, "id") == []
    assert variable(documents[0]).rules.codes == "wilayah"
    assert (variable(documents[1]).kind, variable(documents[1]).unit) == ("FLOAT", "orang")


def test_golden_table_schema_and_csvw():
    documents = [
        column(aturan_validasi=["HARUS TERISI", "KODE wilayah", "KUNCI"]),
        column(nama="Jumlah", alias="jumlah", tipe_data="INTEGER", satuan="orang", aturan_validasi=["MINIMAL 0"]),
        column(nama="JK", alias="jk", value_domain=[{"kode": "L", "nilai": "Laki-laki"}, {"kode": "P", "nilai": "P."}]),
    ]
    columns = [variable(document) for document in documents]
    schema = table_schema.table_schema(columns, dictionaries.lists(), SITE)
    area, count, sex = schema["fields"]
    assert schema["primaryKey"] == ["kode_provinsi"]
    assert area["codeList"] == f"{SITE}/kode/wilayah" and {"35", "35.15", "_T"} <= set(area["constraints"]["enum"])
    assert count == {
        "name": "jumlah",
        "title": "Jumlah",
        "description": "Provinsi asal",
        "type": "integer",
        "unit": "orang",
        "constraints": {"minimum": 0},
    }
    assert sex["constraints"] == {"enum": ["L", "P"]}
    web = csvw.metadata(columns, dictionaries.lists(), FILE, SITE)["tableSchema"]["columns"]
    assert web[0]["valueUrl"] == f"{SITE}/kode/wilayah/{{kode_provinsi}}" and web[0]["required"] is True
    assert web[1]["datatype"] == {"base": "integer", "minimum": 0}
    assert web[2]["datatype"] == {"base": "string", "format": "L|P"}


def test_incomplete_list_forbids_no_code():
    name = next(name for name, info in published_lists().items() if not info.complete)
    schema = table_schema.table_schema([variable(column(aturan_validasi=[f"KODE {name}"]))], dictionaries.lists(), SITE)
    assert schema["fields"][0]["codeList"].endswith(f"/kode/{name}") and "constraints" not in schema["fields"][0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tipe_data": "ANGKA"}, "9 Type of the data: ANGKA is none of the answers"),
        ({"definisi": None}, "4 Definition: an answer is needed"),
        ({"aturan_validasi": ["KODE negra"]}, "There is no code list negra"),
        ({"aturan_validasi": ["MINIMAL 1.000"], "tipe_data": "INTEGER"}, "1.000 is no limit for the type INTEGER"),
        ({"aturan_validasi": ["MINIMAL 5"]}, "for numbers and dates"),
        ({"aturan_validasi": ["POLA [a"]}, "is no regular expression"),
        ({"aturan_validasi": ["POLA (a+)+b"]}, "could take too long"),
        ({"aturan_validasi": ["KODE wilayah"], "tipe_data": "INTEGER"}, "KODE is for texts"),
        ({"value_domain": [{"kode": "x", "nilai": "y"}], "tipe_data": "INTEGER"}, "The code x is no value"),
        ({"value_domain": ["L", "P"]}, "is not of the kind"),
    ],
)
def test_wrong_answers_are_told_with_column_and_question(wrong, words):
    (found,) = dictionaries.problems([column(), column(alias="lain") | wrong], "en")
    assert found.startswith("Column 2 (lain): ") and words in found


@pytest.mark.parametrize("value", [{}, "x", [], None, 5])
def test_what_is_no_list_is_told(value):
    assert "no list" in dictionaries.problems(value, "en")[0]


def test_two_columns_of_one_name_are_told():
    assert dictionaries.problems([column(), column()], "en") == [
        "2 columns are called kode_provinsi. Give each an alias of its own."
    ]
