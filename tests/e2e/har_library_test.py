"""HAR files that a library writes, not this program: `check` passes them, and finds each fault planted in them."""

import copy
import json
import os

from npm_packages import PackageCase, main
from server import Server, fresh_key, run_binary

# A client on axios whose traffic a HAR library tracks. Prints the HAR.
CLIENT = """
const axios = require("axios").create({ validateStatus: () => true });
const { AxiosHarTracker } = require("axios-har-tracker");
const tracker = new AxiosHarTracker(axios);
const [, , url, key] = process.argv;
const headers = { "X-Api-Key": key };
const api = url + "/api/external";
(async () => {
  await axios.get(api + "/products", { headers });
  await axios.get(api + "/models", { headers, params: { statusFilter: "approved" } });
  const shoot = { config: { product: { id: "rec_product_001" } }, count: 2 };
  const made = await axios.post(api + "/image-picker/register-ideas", shoot, { headers });
  await axios.post(url + "/__admin/clock/advance", { until: "idle" }, { headers });
  await axios.get(api + "/image-picker", { headers, params: { productId: "rec_product_001" } });
  const vote = { recordId: made.data.createdRecordIds[0], Voting: "APPROVED" };
  await axios.post(api + "/packshots/update-packshot", vote, { headers });
  await axios.get(api + "/videos");
  console.log(JSON.stringify(tracker.getGeneratedHar()));
})();
"""


class LibraryHar(PackageCase):
    PACKAGES = ("axios@1.12.2", "axios-har-tracker@0.8.0")

    def setUp(self):
        with Server("--clock", "manual", "--quiet") as server:
            self.har = json.loads(self.run_node(CLIENT, server.url, fresh_key()))

    def check(self, har):
        file = os.path.join(self.folder.name, "library.har")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(har, out)
        run = run_binary("check", "--format", "json", file)
        report = json.loads(run.stdout)
        self.assertEqual(run.returncode, 1 if report["count"] else 0)
        return report

    def entry(self, har, path):
        return next(one for one in har["log"]["entries"] if path in one["request"]["url"])

    def test_it_passes(self):
        report = self.check(self.har)
        self.assertEqual((report["judged"], report["departures"]), (6, []))

    def test_each_planted_fault_is_found(self):
        def in_reply(path, change):
            def plant(har):
                content = self.entry(har, path)["response"]["content"]
                body = json.loads(content["text"])
                change(body)
                content["text"] = json.dumps(body)
            return plant

        def in_request(path, change):
            def plant(har):
                posted = self.entry(har, path)["request"]["postData"]
                body = json.loads(posted["text"])
                change(body)
                posted["text"] = json.dumps(body)
            return plant

        def status(har):
            self.entry(har, "/products")["response"]["status"] = 302

        def parameter(har):
            self.entry(har, "/models")["request"]["url"] += "&colour=red"

        faults = [
            (in_reply("/products", lambda body: body["products"][0].pop("name")),
             ("response", "/body/products/0/name")),
            (in_reply("/products", lambda body: body.update(count=99)), ("response", "/body/count")),
            (in_reply("/models", lambda body: body["models"][0].update(voting="REJECTED")),
             ("response", "/body/models/0/voting")),
            (in_reply("register-ideas", lambda body: body.update(creditsReserved="20")),
             ("response", "/body/creditsReserved")),
            (in_reply("image-picker?", lambda body: body["images"][0].update(createdAt="soon")),
             ("response", "/body/images/0/createdAt")),
            (in_reply("update-packshot", lambda body: body.pop("success")), ("response", "/body/success")),
            (in_reply("/videos", lambda body: body.update(error=None)), ("response", "/body/error")),
            (in_request("register-ideas", lambda body: body.update(count=21)), ("request", "/body/count")),
            (in_request("update-packshot", lambda body: body.update(Voting="MAYBE")), ("request", "/body/Voting")),
            (status, ("response", "/status")),
            (parameter, ("request", "/query/colour")),
        ]
        for plant, expected in faults:
            with self.subTest(expected=expected):
                har = copy.deepcopy(self.har)
                plant(har)
                found = [(one["side"], one["pointer"]) for one in self.check(har)["departures"]]
                self.assertIn(expected, found)


if __name__ == "__main__":
    main()
