// Comments: keeps them by post, owns their status, and publishes every change with the full state.
const { randomBytes } = require("crypto");
const { service, publish } = require("./service");

const commentsOf = {};
const app = service(process.argv[2]);

app.get("/posts/:id/comments", (request, response) => response.json(commentsOf[request.params.id] || []));

app.post("/posts/:id/comments", async (request, response) => {
  const postId = request.params.id;
  const comment = { id: randomBytes(4).toString("hex"), content: request.body.content, status: "pending" };
  const comments = (commentsOf[postId] ||= []);
  comments.push(comment);
  await publish("CommentCreated", { ...comment, postId });
  response.status(201).json(comments);
});

app.post("/events", async (request, response) => {
  const { type, data } = request.body;
  if (type === "CommentModerated") {
    const comment = commentsOf[data.postId].find((each) => each.id === data.id);
    comment.status = data.status;
    await publish("CommentUpdated", { ...comment, postId: data.postId });
  }
  response.json({});
});
