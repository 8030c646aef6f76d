// The event bus: keeps every event, and passes it to all services without waiting for them.
const axios = require("axios");
const { service } = require("./service");

const events = [];
const subscribers = process.env.SUBSCRIBERS.split(" ");
const app = service(process.argv[2]);

app.get("/events", (request, response) => response.json(events));

app.post("/events", (request, response) => {
  events.push(request.body);
  // A service that is down misses it, until it starts again and reads the past.
  subscribers.forEach((url) => axios.post(`${url}/events`, request.body).catch(() => {}));
  response.json({});
});
