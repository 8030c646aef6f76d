// What the five services share: an application that takes JSON, and the way to the event bus.
const express = require("express");
const cors = require("cors");
const axios = require("axios");

const BUS = process.env.BUS;

function service(port) {
  const app = express();
  app.use(express.json());
  app.use(cors());
  app.listen(port, "127.0.0.1");
  return app;
}

const publish = (type, data) => axios.post(`${BUS}/events`, { type, data });

module.exports = { BUS, service, publish };
