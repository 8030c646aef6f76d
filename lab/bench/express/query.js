// Query: one structure of all posts with their comments. It begins with the events of the past.
const axios = require("axios");
const { BUS, service } = require("./service");

const posts = {};

const handlers = {
  PostCreated({ id, title }) {
    posts[id] = { id, title, comments: [] };
  },
  CommentCreated({ id, content, status, postId }) {
    posts[postId].comments.push({ id, content, status });
  },
  CommentUpdated({ id, content, status, postId }) {
    Object.assign(posts[postId].comments.find((each) => each.id === id), { content, status });
  },
};

const handle = ({ type, data }) => handlers[type]?.(data);

(async () => {
  const past = await axios.get(`${BUS}/events`);
  past.data.forEach(handle);
  const app = service(process.argv[2]);
  app.get("/posts", (request, response) => response.json(posts));
  app.post("/events", (request, response) => {
    handle(request.body);
    response.json({});
  });
})();
