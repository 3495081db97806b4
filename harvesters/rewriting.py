"""Writes the dataset of a record that was harvested before once more, outside of a run: what was changed here stays."""

from __future__ import annotations

import ckan.model as model

from ckanext.satudatapmi.harvesters import importer, ledger
from ckanext.satudatapmi.harvesters.bulk import activities, documents
from ckanext.satudatapmi.harvesters.bulk.activities import Event
from ckanext.satudatapmi.harvesters.local_edits import LocalEdits, fingerprints
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.staging import Staged


def write_again(one: Staged, source: SourceContext, user: str, is_latest: bool) -> str:
    """Write the dataset of a harvest object, commit, and make it searchable.

    Args:
        one: the object, with its record.
        source: of the record.
        user: name of the user who writes.
        is_latest: whether its record is the one that was accepted last; if not, the next harvest writes that one again.

    Returns:
        importer.ADDED, UPDATED or NOT_MODIFIED.
    """
    before = documents.show_stored(one.guid)
    marks = ledger.fingerprints_of([one.guid]).get(one.guid)
    edits = importer.edits_of(one.guid, marks, before.custom) if before else LocalEdits()
    outcome = importer.write_dataset(importer.mapped_record(one.content, one.notes, source, one.guid), user, edits)
    model.Session.expire_all()
    after = documents.show_packages([model.Session.get_one(model.Package, one.guid)])[0]
    ledger.write_fingerprints(one.guid, fingerprints(after.custom, edits))
    if not is_latest:
        ledger.compare_anew([one.guid])
    if outcome != importer.NOT_MODIFIED:
        kind = "new" if outcome == importer.ADDED else "changed"
        event = Event(kind, model.Session.get_one(model.Package, one.guid), after.custom)
        activities.store_activities([event], model.User.get(user))
    model.Session.commit()
    documents.index_packages([after])
    return outcome
