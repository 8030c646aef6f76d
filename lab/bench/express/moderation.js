// Moderation: rejects every comment with the word orange, and publishes what it decided.
const { service, publish } = require("./service");

const app = service(process.argv[2]);

app.post("/events", async (request, response) => {
  const { type, data } = request.body;
  if (type === "CommentCreated") {
    const status = data.content.includes("orange") ? "rejected" : "approved";
    await publish("CommentModerated", { ...data, status });
  }
  response.json({});
});
