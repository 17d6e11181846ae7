"""The three declarations of an object agree: the noun it is read from, the type it is shown as, its fields' policy."""

from dataclasses import replace

import pytest
from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString
from sqlalchemy import bindparam, select

from fac.access.policy import load
from fac.api import schema
from fac.api.wiring import refuse_unmapped
from fac.db.incident import incidents
from fac.db.person import persons
from fac.db.statement import Statement, among
from fac.domain.vocabulary import InfoClass, mask_of
from fac.errors import PolicyInvalid
from fac.reading.catalog import NOUNS, ROOTS
from fac.reading.noun import Access, Many, Noun, One, SealedKey
from fac.resources import policies_dir

DECLARED = schema.declared()
POLICY = load(policies_dir())


@pytest.mark.parametrize("noun", NOUNS.values(), ids=lambda noun: noun.name)
class TestEveryNoun:
    """What holds for every declared object."""

    def test_is_shown_with_just_the_fields_it_is_read_with(self, noun: Noun) -> None:
        shown = DECLARED.type_map[noun.name]
        assert isinstance(shown, GraphQLObjectType)
        assert set(shown.fields) == set(noun.fields)

    def test_a_sealed_field_has_the_class_of_its_bundle(self, noun: Noun) -> None:
        for name, source in noun.fields.items():
            if isinstance(source, SealedKey):
                assert set(POLICY.field(noun.name, name).classes) == set(noun.bundles[source.bundle].classes)

    def test_a_field_is_of_the_record_the_noun_is_of(self, noun: Noun) -> None:
        assert {POLICY.field(noun.name, name).record for name in noun.fields} == {noun.record}

    def test_what_is_reached_only_through_its_parent_shows_no_more_than_it_inherits(self, noun: Noun) -> None:
        if noun.inherits:
            classes = [info for name in noun.fields for info in POLICY.field(noun.name, name).classes]
            assert mask_of(classes) & ~noun.inherits == 0
            assert all(root.noun != noun.name for root in ROOTS.values())

    def test_a_field_that_may_be_masked_may_be_null(self, noun: Noun) -> None:
        shown = DECLARED.type_map[noun.name]
        assert isinstance(shown, GraphQLObjectType)
        for name, source in noun.fields.items():
            masked = POLICY.field(noun.name, name).classes != (InfoClass.outline,)
            if (masked or isinstance(source, One | SealedKey)) and not isinstance(source, Access | Many):
                assert not isinstance(shown.fields[name].type, GraphQLNonNull), name


def test_codes_of_opaque_ids_are_never_shared() -> None:
    codes = [noun.code for noun in NOUNS.values()]
    assert len(codes) == len(set(codes))


class TestDenyByDefault:
    """A field nobody thought about is refused."""

    def test_a_planted_field_keeps_the_schema_from_being_built(self) -> None:
        planted = schema.make()
        person = planted.type_map["Person"]
        assert isinstance(person, GraphQLObjectType)
        refuse_unmapped(planted, POLICY)
        person.fields["shoeSize"] = GraphQLField(GraphQLString)
        with pytest.raises(PolicyInvalid, match=r"Person\.shoeSize"):
            refuse_unmapped(planted, POLICY)

    @pytest.mark.parametrize("name", ["ReportRow", "NeedCode"])
    def test_so_does_one_of_a_type_that_is_no_row(self, name: str) -> None:
        planted = schema.make()
        type_ = planted.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        type_.fields["shoeSize"] = GraphQLField(GraphQLString)
        with pytest.raises(PolicyInvalid, match=rf"{name}\.shoeSize"):
            refuse_unmapped(planted, POLICY)

    def test_a_planted_operation_keeps_the_schema_from_being_built(self) -> None:
        planted = schema.make()
        assert planted.mutation_type is not None
        planted.mutation_type.fields["publishEverything"] = GraphQLField(GraphQLString)
        with pytest.raises(PolicyInvalid, match="publishEverything"):
            refuse_unmapped(planted, POLICY)

    def test_a_mapping_of_a_field_that_is_gone_is_found(self) -> None:
        stale = replace(POLICY, fields=dict(POLICY.fields) | {"Person.shoeSize": POLICY.fields["Person.id"]})
        with pytest.raises(PolicyInvalid, match=r"Person\.shoeSize"):
            refuse_unmapped(schema.make(), stale)


class TestEveryStatement:
    """A statement that touches a tenant table names the incident."""

    def test_one_that_does_not_is_refused(self) -> None:
        with pytest.raises(TypeError, match="persons"):
            Statement(select(persons.c.id).where(persons.c.id == bindparam("id")), remembered=False)

    def test_an_alias_does_not_hide_it(self) -> None:
        one, two = persons.alias(), persons.alias()
        scoped = select(one.c.id).where(one.c.incident_id == bindparam("incident_id"), one.c.id == two.c.id)
        with pytest.raises(TypeError, match="no incident named"):
            Statement(scoped, remembered=False)

    def test_a_sub_select_does_not_hide_it(self) -> None:
        inner = select(persons.c.case_id).where(among(persons.c.gender, ["male"]))
        other = persons.alias()
        outer = select(other.c.id).where(other.c.incident_id == bindparam("incident_id"), other.c.case_id.in_(inner))
        with pytest.raises(TypeError, match="persons"):
            Statement(outer, remembered=False)

    def test_a_global_table_needs_none(self) -> None:
        assert "SELECT" in Statement(select(incidents.c.id), remembered=False).sql
