// A chart that answers to the pointer, in place of the picture that the server drew. It is loaded when somebody asks for
// it. Expressions are interpreted, not made into scripts: the site's policy allows no eval.
import {parse, View} from "vega";
import {expressionInterpreter} from "vega-interpreter";
import {compile} from "vega-lite";

export async function show(address, place) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const specification = await answer.json();
  const {spec} = compile(specification);
  const view = new View(parse(spec, undefined, {ast: true}), {
    expr: expressionInterpreter,
    renderer: "svg",
    container: place,
    hover: true,
  });
  await view.runAsync();
}
