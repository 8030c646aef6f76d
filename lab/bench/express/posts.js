// Posts: keeps them, and publishes that one was created.
const { randomBytes } = require("crypto");
const { service, publish } = require("./service");

const posts = {};
const app = service(process.argv[2]);

app.get("/posts", (request, response) => response.json(posts));

app.post("/posts", async (request, response) => {
  const post = { id: randomBytes(4).toString("hex"), title: request.body.title };
  posts[post.id] = post;
  await publish("PostCreated", post);
  response.status(201).json(post);
});

app.post("/events", (request, response) => response.json({}));
