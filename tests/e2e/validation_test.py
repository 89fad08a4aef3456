"""Boundary cases of every request body: refused with 400 and the field's name, and without an effect."""

import json
import unittest

from server import ServerCase

IMAGES = "/api/external/image-picker/register-ideas"
PACKSHOTS = "/api/external/packshots/register-ideas"
MODELS = "/api/external/models/register-ideas"
SCENERIES = "/api/external/sceneries/register-ideas"
VIDEO = "/api/external/video-picker/register-videos"
REEL = "/api/external/reel/register-reel"
VOTE = "/api/external/packshots/update-packshot"
PRESETS = "/api/external/presets"
CONFIG = {"config": {"product": {"id": "rec_product_001"}}}
WITH_COUNT = [(MODELS, {"preferences": "p"}, 20), (SCENERIES, {"preferences": "p"}, 20), (IMAGES, CONFIG, 20),
              (PACKSHOTS, CONFIG, 50)]
EVERY_JSON_BODY = [MODELS, SCENERIES, IMAGES, PACKSHOTS, VIDEO, REEL, VOTE]


class Bodies(ServerCase):
    FLAGS = ("--clock", "manual")

    def tearDown(self):
        credits = self.admin("GET", "/credits")
        self.assertEqual(credits["booked"], self.accepted + 1, "a refused request booked credits")

    def setUp(self):
        super().setUp()
        self.accepted = 0

    def refused(self, path, body, message=None, status=400, **options):
        reply = self.post(path, body, **options)
        self.assertEqual(reply.status, status, (body if len(repr(body)) < 500 else "...", reply))
        text = reply.error()
        if status == 400:
            self.assertTrue(text.startswith("Validation failed: "), text)
        if message:
            self.assertEqual(text, message)
        return text

    def taken(self, path, body):
        reply = self.post(path, body)
        self.assertEqual(reply.status, 200, (body, reply))
        self.accepted += 1
        return reply.json()

    def test_a_count_outside_its_bounds_is_refused_with_the_bounds(self):
        for path, body, most in WITH_COUNT:
            message = f"Validation failed: 'count' must be a whole number from 1 to {most}."
            for count in (0, -1, most + 1, 2.5, "5", True, False, None, 1e30, -1e30, [], {}, 2**63, 2**64, 0.0, 1e-9):
                with self.subTest(path=path, count=count):
                    self.refused(path, {**body, "count": count}, message)
            self.refused(path, json.dumps({**body, "count": 7}).replace("7", "9" * 400))
            for count in ("20.0000000000000001", "0.99999999999999999999", "1e-400", "18446744073709551616.5"):
                with self.subTest(path=path, count=count):
                    self.refused(path, json.dumps({**body, "count": 7}).replace("7", count), message)

    def test_what_the_documents_leave_open_is_as_the_assumptions_say(self):
        product = CONFIG["config"]["product"]
        self.taken(MODELS, {"preferences": " "})
        self.refused(MODELS, {"preferences": ""})
        self.refused(IMAGES, {"config": {"product": {"id": " "}}}, status=404)
        for member in ("model", "scenery", "preset"):
            for path in (IMAGES, PACKSHOTS):
                self.taken(path, {"config": {"product": product, member: {}}})
                self.refused(path, {"config": {"product": product, member: None}})
        self.refused(IMAGES, {"config": {"product": product, "industry": None}})
        for provider in ("nobody", "", " "):
            self.assertNotIn("status", self.taken(VIDEO, {"imageId": "img_001", "provider": provider}))
        self.refused(VIDEO, {"imageId": "img_001", "provider": None})
        self.refused(VIDEO, {"imageId": "img_001", "suggestion": None})

    def test_a_count_at_its_bounds_is_taken_and_ten_is_the_default(self):
        for path, body, most in WITH_COUNT:
            for given, made in [({"count": 1}, 1), ({"count": most}, most), ({"count": 3.0}, 3), ({}, 10)]:
                with self.subTest(path=path, given=given):
                    self.assertEqual(len(self.taken(path, {**body, **given})["createdRecordIds"]), made)

    def test_51_packshots_are_refused(self):
        self.refused(PACKSHOTS, {**CONFIG, "count": 51},
                     "Validation failed: 'count' must be a whole number from 1 to 50.")

    def test_missing_fields_are_named_in_dotted_form(self):
        for path, body, name in [(IMAGES, {}, "config.product.id"), (IMAGES, {"config": {}}, "config.product.id"),
                                 (IMAGES, {"config": {"product": {}}}, "config.product.id"),
                                 (PACKSHOTS, {}, "config.product.id"),
                                 (MODELS, {"count": 2}, "preferences"), (SCENERIES, {}, "preferences"),
                                 (REEL, {}, "imagesIds"), (VOTE, {"Voting": "APPROVED"}, "recordId"),
                                 (VOTE, {"recordId": "rec_gen_301"}, "Voting"),
                                 (VOTE, {"recordId": "rec_gen_301", "voting": "APPROVED"}, "Voting")]:
            with self.subTest(path=path, body=body):
                self.refused(path, body, f"Validation failed: '{name}' is required.")

    def test_empty_and_mistyped_fields_are_named(self):
        def config(**more):
            return {"config": {"product": {"id": "rec_product_001"}, **more}}
        for path, body, name in [(MODELS, {"preferences": ""}, "preferences"),
                                 (MODELS, {"preferences": 5}, "preferences"),
                                 (SCENERIES, {"preferences": None}, "preferences"),
                                 (IMAGES, {"config": "x"}, "config"),
                                 (IMAGES, {"config": []}, "config"),
                                 (IMAGES, {"config": {"product": "x"}}, "config.product"),
                                 (IMAGES, {"config": {"product": {"id": 5}}}, "config.product.id"),
                                 (IMAGES, {"config": {"product": {"id": ""}}}, "config.product.id"),
                                 (IMAGES, config(model={"id": 5}), "config.model.id"),
                                 (IMAGES, config(scenery="x"), "config.scenery"),
                                 (PACKSHOTS, config(preset={"id": None}), "config.preset.id"),
                                 (IMAGES, config(industry=5), "config.industry"),
                                 (IMAGES, config(suggestions=["x"]), "config.suggestions"),
                                 (VIDEO, {"imageId": 5}, "imageId"), (VIDEO, {"imageId": ""}, "imageId"),
                                 (VIDEO, {"imageId": "img_abc123", "provider": 5}, "provider"),
                                 (REEL, {"imagesIds": "img_001"}, "imagesIds"),
                                 (REEL, {"imagesIds": [5]}, "imagesIds.0"),
                                 (VOTE, {"recordId": 5, "Voting": "APPROVED"}, "recordId"),
                                 (VOTE, {"recordId": "rec_gen_301", "Voting": "approved"}, "Voting"),
                                 (VOTE, {"recordId": "rec_gen_301", "Voting": None}, "Voting")]:
            with self.subTest(path=path, body=body):
                self.assertIn(f"'{name}'", self.refused(path, body))

    def test_both_and_neither_image_id_are_refused(self):
        self.refused(VIDEO, {"imageId": "img_abc123", "generatedImageId": "img_abc123"},
                     "Validation failed: 'imageId' and 'generatedImageId' cannot both be given.")
        self.refused(VIDEO, {"suggestion": "zoom"}, "Validation failed: 'imageId' or 'generatedImageId' is required.")
        self.taken(VIDEO, {"generatedImageId": "img_abc123"})

    def test_a_reel_takes_one_to_ten_images(self):
        for number in (0, 11):
            self.assertIn("'imagesIds'", self.refused(REEL, {"imagesIds": ["img_001"] * number}))
        for number in (1, 10):
            self.taken(REEL, {"imagesIds": ["img_001"] * number})

    def test_malformed_json_is_refused(self):
        for body in ("", "{", "{'a': 1}", '{"preferences": "p",}', '{"preferences": "p"} x', '{"a": NaN}',
                     "\x00", "nul",
                     '{"preferences": "tab\there"}', '{"preferences": "\\ud800"}',
                     '{"preferences": "p", "count": 01}'):
            for path in EVERY_JSON_BODY:
                with self.subTest(path=path, body=body):
                    self.assertIn("not valid JSON", self.refused(path, body))

    def test_a_wrong_top_level_type_is_refused(self):
        for body in ("[]", "null", "5", '"x"', "true", "[{}]"):
            for path in EVERY_JSON_BODY:
                with self.subTest(path=path, body=body):
                    self.refused(path, body, "Validation failed: The request body must be a JSON object.")

    def test_nesting_of_200000_is_refused(self):
        deep = 200_000
        for body in ("[" * deep, "[" * deep + "]" * deep, '{"a":' * deep, '{"":' * deep + "1" + "}" * deep,
                     '{"preferences": ' + "[" * deep + "]" * deep + "}"):
            self.assertIn("not valid JSON", self.refused(MODELS, body))
        self.assertEqual(self.get("/api/external/models").status, 200)

    def test_invalid_utf8_is_refused(self):
        for text in (b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
            self.refused(MODELS, b'{"preferences": "' + text + b'"}')

    def test_long_texts_and_any_characters_are_taken_and_given_back(self):
        text = "\"\\/\u0000\u2028\U0001f600é"
        self.taken(MODELS, {"preferences": text + "x" * 100_000, "count": 1})
        names = [one["name"] for one in self.get("/api/external/models").json()["models"]]
        self.assertTrue(any(text in name for name in names), [name[:40] for name in names])

    def test_a_text_that_begins_with_nul_is_not_empty(self):
        self.taken(MODELS, {"preferences": "\u0000 and more", "count": 1})

    def test_unknown_records_are_404_and_named(self):
        def config(**more):
            return {"config": {"product": {"id": "rec_product_001"}, **more}}
        for path, body, name in [(IMAGES, {"config": {"product": {"id": "x"}}}, "Product"),
                                 (IMAGES, config(model={"id": "x"}), "Model"),
                                 (IMAGES, config(scenery={"id": "x"}), "Scenery"),
                                 (PACKSHOTS, config(preset={"id": "x"}), "Preset"),
                                 (IMAGES, config(model={"id": "rec_product_001"}), "Model"),
                                 (VIDEO, {"imageId": "x"}, "Image"),
                                 (VIDEO, {"generatedImageId": "rec_product_001"}, "Image"),
                                 (REEL, {"imagesIds": ["img_001", "x"]}, "Image"),
                                 (VOTE, {"recordId": "x", "Voting": "APPROVED"}, "Packshot")]:
            with self.subTest(path=path, body=body):
                self.refused(path, body, f"{name} not found.", 404)


class Presets(ServerCase):
    FIELDS = {"name": "Bright", "quantityGuidelines": "ten", "qualityGuidelines": "sharp"}
    BOUNDARY = "----boundary7MA4"

    def form(self, fields, files=()):
        parts = [f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in fields]
        for name, filename, content in files:
            head = f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n")
        return b"".join(parts) + f"--{self.BOUNDARY}--\r\n".encode()

    def create(self, fields=None, files=(), body=None, content_type=None):
        content_type = content_type or f"multipart/form-data; boundary={self.BOUNDARY}"
        body = self.form(list((fields or {}).items()), files) if body is None else body
        return self.post(PRESETS, body, headers={"Content-Type": content_type})

    def test_a_preset_is_created_with_and_without_files_and_listed(self):
        picture = bytes(range(256)) * 64
        for files in ([], [("cover", "c.png", picture)],
                      [("cover", "c.png", picture), ("gallery", "1.png", picture), ("gallery", "2.png", picture)]):
            reply = self.create(self.FIELDS, files)
            self.assertEqual(reply.status, 200, reply)
            made = reply.json()
            self.assertEqual(sorted(made), ["presetId", "success"])
            self.assertIs(made["success"], True)
            listed = [one for one in self.get(PRESETS).json()["presets"] if one["id"] == made["presetId"]]
            self.assertEqual({name: listed[0][name] for name in self.FIELDS}, self.FIELDS)
        self.assertEqual(self.admin("GET", "/requests?findings=true")["requests"], [])

    def test_a_missing_or_empty_field_is_named(self):
        for name in self.FIELDS:
            without = {field: text for field, text in self.FIELDS.items() if field != name}
            self.assertEqual(self.create(without).error(), f"Validation failed: '{name}' is required.")
            self.assertEqual(self.create({**self.FIELDS, name: ""}).status, 400)
            self.assertIn(f"'{name}'", self.create(without, [(name, "f.txt", b"text")]).error())
        self.assertEqual(self.create({}).error(), "Validation failed: 'name' is required.")

    def test_a_json_body_or_a_broken_form_is_refused(self):
        before = self.get(PRESETS).body
        good = self.form(list(self.FIELDS.items()))
        multipart = f"multipart/form-data; boundary={self.BOUNDARY}"
        for body, content_type in [(json.dumps(self.FIELDS).encode(), "application/json"), (good, "application/json"),
                                   (good, "multipart/form-data"), (good, "multipart/form-data; boundary=other"),
                                   (good[:-20], multipart), (b"", multipart), (b"\r\n\r\n", multipart)]:
            with self.subTest(body=body[:40], content_type=content_type):
                reply = self.create(body=body, content_type=content_type)
                self.assertEqual(reply.status, 400, reply)
                self.assertTrue(reply.error().startswith("Validation failed: "))
        self.assertEqual(self.get(PRESETS).body, before)

    def test_max_records_bounds_the_listing_and_is_20_without_it(self):
        for number in range(25):
            self.assertEqual(self.create({**self.FIELDS, "name": f"P{number}"}).status, 200)
        for query, count in [("", 20), ("?maxRecords=1", 1), ("?maxRecords=20", 20), ("?maxRecords=1000", 27)]:
            reply = self.get(PRESETS + query).json()
            self.assertEqual((reply["count"], len(reply["presets"])), (count, count))
        for odd in ("0", "-1", "x", "", "1.5", "1e99", "99999999999999999999"):
            with self.subTest(odd=odd):
                self.assertEqual(self.get(f"{PRESETS}?maxRecords={odd}").status, 200)


if __name__ == "__main__":
    unittest.main()
