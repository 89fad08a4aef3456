// Asks a server for a listing again and again, and says what each attempt came to.
// Usage: node faults_client.mjs URL KEY ATTEMPTS TIMEOUT_MS. Prints a JSON array of outcomes, one an attempt.

import http from "node:http";

const [url, key, attempts, timeout] = process.argv.slice(2);

function attempt() {
  return new Promise((resolve) => {
    const options = { headers: { "X-Api-Key": key }, agent: false };
    const request = http.get(`${url}/api/external/products`, options, (response) => {
      let received = 0;
      response.on("data", (chunk) => { received += chunk.length; });
      response.on("end", () => resolve(`${response.statusCode}`));
      const amount = () => (received > 0 ? "some" : "no");
      response.on("error", (error) => resolve(`${error.code} ${error.message} after ${amount()} body`));
    });
    request.setTimeout(Number(timeout), () => request.destroy(new Error("own timeout")));
    request.on("error", (error) => resolve(error.code ? `${error.code} ${error.message}` : error.message));
  });
}

const outcomes = [];
for (let i = 0; i < Number(attempts); ++i) outcomes.push(await attempt());
console.log(JSON.stringify(outcomes));
