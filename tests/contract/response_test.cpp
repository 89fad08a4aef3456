#include <doctest/doctest.h>

#include <string>

#include "contract/test_data.h"

namespace qamera::contract {
namespace {

const Json kModel = {{"id", "model_abc123"}, {"name", "Female Model - Casual"},
                     {"thumbnail", ""},      {"status", "DONE"},
                     {"voting", "APPROVED"}, {"createdAt", "2026-03-20T14:00:00.000Z"}};

Json with(Json record, const char* name, Json value) {
  record[name] = std::move(value);
  return record;
}

Json without(Json record, const char* name) {
  record.erase(name);
  return record;
}

std::string record_message(const Json& record) {
  return message_of(shared_contract().check_record(Collection::kModels, record));
}

}  // namespace

TEST_CASE("replies: a record has its keys and no others") {
  CHECK(record_message(kModel) == "");
  for (const char* name : {"id", "name", "thumbnail", "status", "voting", "createdAt"}) {
    CHECK(record_message(without(kModel, name)) == "'" + std::string(name) + "' is required.");
  }
  CHECK(
      record_message(with(kModel, "label", "x")) ==
      "'label' is not documented; expected \"id\", \"name\", \"thumbnail\", \"status\", \"voting\" or \"createdAt\".");
  CHECK(record_message(with(kModel, "thumbnial", "x")) == "'thumbnial' is not documented; did you mean 'thumbnail'?");
  CHECK(record_message(Json::array()) == "The record must be a JSON object, not an array of 0 items.");
}

TEST_CASE("replies: a record's values have the documented types and states") {
  for (const char* status : {"INPROGRESS", "DONE", "FAILED"})
    CHECK(record_message(with(kModel, "status", status)) == "");
  for (const Json& voting : {Json("APPROVED"), Json("REJECTED"), Json(nullptr)}) {
    CHECK(record_message(with(kModel, "voting", voting)) == "");
  }
  CHECK(record_message(with(kModel, "status", "UPLOADED")) ==
        "'status' must be 'INPROGRESS', 'DONE' or 'FAILED', not \"UPLOADED\".");
  CHECK(record_message(with(kModel, "status", "DOEN")) ==
        "'status' must be 'INPROGRESS', 'DONE' or 'FAILED', not \"DOEN\"; did you mean 'DONE'?");
  CHECK(record_message(with(kModel, "status", nullptr)) ==
        "'status' must be 'INPROGRESS', 'DONE' or 'FAILED', not null.");
  CHECK(record_message(with(kModel, "voting", "")) == "'voting' must be 'APPROVED', 'REJECTED' or null, not \"\".");
  CHECK(record_message(with(kModel, "voting", "APPROVE")) ==
        "'voting' must be 'APPROVED', 'REJECTED' or null, not \"APPROVE\"; did you mean 'APPROVED'?");
  CHECK(record_message(with(kModel, "id", "")) == "'id' must be a non-empty string, not \"\".");
  CHECK(record_message(with(kModel, "name", 5)) == "'name' must be a string, not 5.");
  CHECK(record_message(with(kModel, "thumbnail", nullptr)) == "'thumbnail' must be a string, not null.");
  CHECK(record_message(with(kModel, "createdAt", "")) == "'createdAt' must be a non-empty string, not \"\".");
}

TEST_CASE("replies: the collections' records differ as documented") {
  const Contract& contract = shared_contract();
  const Json product = with(without(kModel, "voting"), "status", "UPLOADED");
  CHECK_FALSE(contract.check_record(Collection::kProducts, product));
  CHECK(contract.check_record(Collection::kProducts, kModel));
  CHECK(contract.check_record(Collection::kProducts, with(product, "status", "DONE")));
  const Json video = with(kModel, "videoUrl", "");
  CHECK_FALSE(contract.check_record(Collection::kVideos, video));
  CHECK(message_of(contract.check_record(Collection::kVideos, kModel)) == "'videoUrl' is required.");
  CHECK(contract.check_record(Collection::kImages, video));
  for (const auto collection : {Collection::kSceneries, Collection::kImages, Collection::kPackshots}) {
    CHECK_FALSE(contract.check_record(collection, kModel));
  }
  const Json preset = {{"id", "p"},
                       {"name", "n"},
                       {"guidelines", ""},
                       {"quantityGuidelines", ""},
                       {"qualityGuidelines", ""},
                       {"createdAt", "2026-03-20T14:00:00.000Z"}};
  CHECK_FALSE(contract.check_record(Collection::kPresets, preset));
  CHECK(message_of(contract.check_record(Collection::kPresets, without(preset, "guidelines"))) ==
        "'guidelines' is required.");
}

TEST_CASE("replies: a listing names the record and the field at fault") {
  const auto check = [](const Json& body) { return shared_contract().check_response(row("listModels"), 200, body); };
  CHECK_FALSE(check({{"models", Json::array()}, {"count", 0}}));
  CHECK_FALSE(check({{"models", {kModel}}, {"count", 1}}));
  const auto broken = check({{"models", {kModel, with(kModel, "status", 3)}}, {"count", 2}});
  REQUIRE(broken);
  CHECK(broken->pointer == "/models/1/status");
  CHECK(broken->message == "'models.1.status' must be 'INPROGRESS', 'DONE' or 'FAILED', not 3.");
  CHECK(message_of(check({{"models", {kModel}}})) == "'count' is required.");
  CHECK(message_of(check({{"models", {kModel}}, {"count", "1"}})) ==
        "'count' must be a whole number of at least 0, not \"1\".");
  CHECK(message_of(check({{"models", Json::object()}, {"count", 0}})) == "'models' must be an array, not an object.");
  CHECK(message_of(check({{"models", Json::array()}, {"count", 0}, {"total", 0}})) ==
        "'total' is not documented; expected \"models\" or \"count\".");
  CHECK(message_of(check(Json::array())) == "The response body must be a JSON object, not an array of 0 items.");
}

TEST_CASE("replies: registrations, votes and presets") {
  const Contract& contract = shared_contract();
  const Json registered = {
      {"createdRecordIds", {"a"}}, {"batchId", "b"}, {"orderId", "o"}, {"reservationId", "r"}, {"creditsReserved", 10}};
  for (const Operation& operation : operations()) {
    if (operation.action != Action::kRegister) continue;
    CAPTURE(operation.name);
    CHECK_FALSE(contract.check_response(operation, 200, registered));
    CHECK_FALSE(contract.check_response(operation, 200, with(registered, "creditsReserved", 2.5)));
    for (const auto& [name, ignored] : registered.items()) {
      CHECK(contract.check_response(operation, 200, without(registered, name.c_str())));
      CHECK(contract.check_response(operation, 200, with(registered, name.c_str(), nullptr)));
    }
    CHECK(message_of(contract.check_response(operation, 200, with(registered, "createdRecordIds", {1}))) ==
          "'createdRecordIds.0' must be a non-empty string, not 1.");
    CHECK(contract.check_response(operation, 200, with(registered, "createdRecordIds", Json::array())));
    CHECK(contract.check_response(operation, 200, with(registered, "creditsReserved", -1)));
    // The vendor's credits page shows it, the page of the endpoint does not.
    CHECK_FALSE(contract.check_response(operation, 200, with(registered, "status", "processing")));
    CHECK(message_of(contract.check_response(operation, 200, with(registered, "status", "DONE"))) ==
          "'status' must be 'processing', not \"DONE\".");
  }
  const Json voted = {{"success", true}, {"message", "Packshot voting updated successfully"}, {"recordId", "r"}};
  CHECK_FALSE(contract.check_response(row("updatePackshot"), 200, voted));
  CHECK(message_of(contract.check_response(row("updatePackshot"), 200, with(voted, "success", false))) ==
        "'success' must be true, not false.");
  const Json created = {{"success", true}, {"presetId", "p"}};
  CHECK_FALSE(contract.check_response(row("createPreset"), 200, created));
  CHECK(contract.check_response(row("createPreset"), 200, without(created, "presetId")));
}

TEST_CASE("replies: every other status has the error body and nothing else") {
  const auto message = [](int status, const Json& body) {
    return message_of(shared_contract().check_response(row("registerModels"), status, body));
  };
  for (int status : {201, 400, 401, 402, 403, 404, 405, 413, 429, 500, 503}) {
    CHECK(message(status, {{"error", "No."}}) == "");
    CHECK(message(status, {{"error", ""}}) == "'error' must be a non-empty string, not \"\".");
    CHECK(message(status, {{"message", "No."}}) == "'message' is not documented; expected \"error\".");
    CHECK(message(status, {{"error", "No."}, {"code", 4}}) == "'code' is not documented; expected \"error\".");
    CHECK(message(status, Json::object()) == "'error' is required.");
    CHECK(message(status, "No.") == "The response body must be a JSON object, not \"No.\".");
  }
}

}  // namespace qamera::contract
