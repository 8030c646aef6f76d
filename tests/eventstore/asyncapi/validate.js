// Parses a list of AsyncAPI documents (JSON, on stdin) and prints, for each, how many messages and operations it has,
// and its errors and warnings: [{messages, operations, problems}].
const { Parser } = require("@asyncapi/parser");

const parse = async (text) => {
  const { document, diagnostics } = await new Parser().parse(text);
  const bad = diagnostics.filter(({ severity }) => severity <= 1); // an error or a warning
  return {
    messages: document?.messages().length,
    operations: document?.operations().length,
    problems: bad.map(({ path, message }) => `${path.join(".")}: ${message}`),
  };
};

const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk)).on("end", async () => {
  const found = [];
  for (const each of JSON.parse(Buffer.concat(chunks))) found.push(await parse(JSON.stringify(each)));
  console.log(JSON.stringify(found));
});
