// Answers the vectors of test_field_twins.py: each line of the input is {canonical} or {kind, case, step, …}.
import { readFileSync } from "node:fs";
import { canonical, uuid5 } from "../../frontend/src/field/canonical.js";
import { holds, judge, stepsFor } from "../../frontend/src/field/rules.js";

const { kinds, vectors } = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const vector of vectors) {
  if ("plain" in vector) {
    try {
      answers.push(canonical(vector.plain));
    } catch (error) {
      answers.push(error instanceof RangeError ? null : String(error));
    }
  } else if ("name" in vector) {
    answers.push(await uuid5(vector.name));
  } else {
    const kind = kinds[vector.kind];
    const step = kind.workflow.transitions.find((t) => t.id === vector.step);
    answers.push({
      open: stepsFor(kind.workflow, vector.case.state, vector.case.values, vector.signer).map((t) => t.id),
      holds: holds(step.when, { ...vector.case.values, ...vector.changes }),
      errors: judge(kind, vector.case, step, vector.changes, vector.signer, vector.day, vector.reason).map((e) => [e.code, e.place]),
    });
  }
}
process.stdout.write(JSON.stringify(answers));
