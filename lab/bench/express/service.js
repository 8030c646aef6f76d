// What the five services share: an application that takes JSON, and the way to the event bus.
const express = require("express");
const cors = require("cors");
const axios = require("axios");

const BUS = process.env.BUS;

function service(port) {
  const app = express();
  app.use(express.json());
  app.use(cors());
  // Node would close what is idle for 5 seconds. Who sends just then gets an error, which nothing here
  // handles: the event is lost, or the process ends.
  app.listen(port, "127.0.0.1").keepAliveTimeout = 600_000;
  return app;
}

const publish = (type, data) => axios.post(`${BUS}/events`, { type, data });

module.exports = { BUS, service, publish };
