"""The addresses of the journal's pages, below ``city/<city>/journal/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.journal import (
    balances,
    diagrams,
    flow_editor,
    flows,
    home,
    imports,
    periods,
    posting,
    proofs,
    record,
    records,
    statement,
    stocktakes,
)

urlpatterns = [
    path("", home.journal, name="journal"),
    path("records/", records.records, name="records"),
    path("records/all.<slug:suffix>", records.records_file, name="records-file"),
    path("records/post/", posting.post, name="post"),
    path("records/<uuid:record_id>/", record.record, name="record"),
    path("records/<uuid:record_id>/proof.json", proofs.proof_file, name="record-proof"),
    path("verifier.py", proofs.verifier, name="verifier"),
    path("records/<uuid:record_id>/reverse/", posting.reverse, name="reverse"),
    path("records/<uuid:record_id>/correct/", posting.correct, name="correct"),
    path("streams/", posting.pick_stream, name="pick-stream"),
    path("balances/", balances.balances, name="balances"),
    path("balances/all.<slug:suffix>", balances.balances_file, name="balances-file"),
    path("statement/", statement.statement, name="statement"),
    path("statement/all.<slug:suffix>", statement.statement_file, name="statement-file"),
    path("flows/", flows.flows, name="flows"),
    path("flows/all.<slug:suffix>", flows.flows_file, name="flows-file"),
    path("reconcile/", flow_editor.editor, name="flow-editor"),
    path("diagrams/", diagrams.first, name="flow-diagrams"),
    path("diagrams/<slug:layout>/", diagrams.diagram, name="flow-diagram"),
    path("diagrams/<slug:layout>/flow.<slug:suffix>", diagrams.diagram_file, name="flow-diagram-file"),
    path("stocktakes/", stocktakes.stocktakes, name="stocktakes"),
    path("stocktakes/count/", stocktakes.count, name="count"),
    path("periods/", periods.periods, name="periods"),
    path("imports/", imports.imports, name="imports"),
    path("imports/template/<slug:kind>.<slug:suffix>", imports.template, name="import-template"),
    path("imports/<slug:upload>/", imports.one, name="import"),
    path("imports/<slug:upload>/errors.xlsx", imports.error_file, name="import-errors"),
]
