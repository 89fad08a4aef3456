#include "recordings/har_reader.h"

#include <vector>

#include "base/text.h"
#include "recordings/har_entry.h"
#include "recordings/repaired_text.h"

namespace qamera::recordings {
namespace {

constexpr int kMaxWarnings = 20;

/// What a reader needs of "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...".
std::string plain_reason(std::string_view what) {
  if (const auto bracket = what.find("] "); bracket != std::string_view::npos) what.remove_prefix(bracket + 2);
  constexpr std::string_view kAt = "parse error at ";
  if (what.starts_with(kAt)) what.remove_prefix(kAt.size());
  return shortened(without_controls(std::string(what)), 200);
}

/// Walks a HAR document, keeping no more than the one element of `log.entries` that it is in.
class HarWalk final : public nlohmann::json_sax<Json> {
 public:
  HarWalk(std::string_view name, const RepairedText& text, const OnExchange& each, const OnWarning& on_warning,
          const ReadFile& read_file)
      : name_(name), text_(text), each_(each), on_warning_(on_warning), read_file_(read_file) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool v) override { return value(v); }
  bool number_integer(number_integer_t v) override { return value(v); }
  bool number_unsigned(number_unsigned_t v) override { return value(v); }
  bool number_float(number_float_t v, const string_t&) override { return value(v); }
  bool string(string_t& v) override { return value(std::move(v)); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& name) override {
    key_ = std::move(name);
    if (open_.empty() && path_.size() <= 2) names_[path_.size() - 1] = key_;
    return true;
  }
  bool start_object(std::size_t) override { return open('{'); }
  bool start_array(std::size_t) override { return open('['); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
    error_ = Error{ErrorCode::kInvalid, name_ + ": " + plain_reason(error.what()), ""};
    return false;
  }

  std::uint64_t handed_over() const { return handed_over_; }
  bool saw_entries() const { return saw_entries_; }
  const std::optional<Error>& error() const { return error_; }

  /// Tells how many warnings were not told.
  void finish() const {
    if (warnings_ > kMaxWarnings) {
      on_warning_(name_ + ": " + std::to_string(warnings_ - kMaxWarnings) + " more entries lack something");
    }
  }

 private:
  /// `{"log": {"entries": [`, or without the outer object.
  bool in_entries() const {
    return (path_ == "{{[" && names_[0] == "log" && names_[1] == "entries") ||
           (path_ == "{[" && names_[0] == "entries");
  }

  bool open(char kind) {
    if (too_deep_ > 0 || open_.size() >= kMaxJsonDepth) {
      // Nothing that is asked for stands so deep. Browsers nest the calls that led to a request.
      ++too_deep_;
    } else if (!open_.empty()) {
      place(kind == '{' ? Json::object() : Json::array(), true);
    } else if (in_entries()) {
      entry_ = kind == '{' ? Json::object() : Json::array();
      open_.push_back(&entry_);
    } else {
      path_.push_back(kind);
      saw_entries_ = saw_entries_ || in_entries();
    }
    return true;
  }

  bool close() {
    if (too_deep_ > 0) {
      --too_deep_;
    } else if (open_.empty()) {
      path_.pop_back();
    } else {
      open_.pop_back();
      return !open_.empty() || hand_over();
    }
    return true;
  }

  bool value(Json v) {
    if (too_deep_ > 0) return true;
    if (open_.empty()) {
      if (!in_entries()) return true;
      entry_ = std::move(v);
      return hand_over();
    }
    place(std::move(v), false);
    return true;
  }

  void place(Json v, bool enter) {
    Json& parent = *open_.back();
    Json* child = nullptr;
    if (parent.is_array()) {
      parent.push_back(std::move(v));
      child = &parent.back();
    } else {
      child = &(parent[key_] = std::move(v));
    }
    if (enter) open_.push_back(child);
  }

  bool hand_over() {
    ++entries_;
    std::string place = name_ + " entry " + std::to_string(entries_);
    if (const std::string id = text_of(entry_, "_id"); !id.empty()) place += " (" + shortened(id, 40) + ")";
    if (!entry_.is_object()) {
      warn(place + ": expected an object");
      return true;
    }
    HarEntry read = har_entry_of(entry_, place, text_.has_replaced(), read_file_);
    entry_ = nullptr;
    if (!read.lacks.empty()) warn(place + ": " + joined(read.lacks, ", ") + " not recorded");
    ++handed_over_;
    auto result = each_(std::move(read.exchange));
    if (!result.ok()) error_ = result.error();
    return result.ok();
  }

  void warn(const std::string& warning) {
    if (++warnings_ <= kMaxWarnings) on_warning_(warning);
  }

  std::string name_;
  const RepairedText& text_;
  const OnExchange& each_;
  const OnWarning& on_warning_;
  const ReadFile& read_file_;
  std::string path_;      ///< the brackets open outside the entry
  std::string names_[2];  ///< the members that lead there
  std::string key_;
  Json entry_;
  std::vector<Json*> open_;   ///< inside `entry_`, outermost first
  std::size_t too_deep_ = 0;  ///< brackets open below the deepest that is kept
  std::uint64_t entries_ = 0;
  std::uint64_t handed_over_ = 0;
  int warnings_ = 0;
  bool saw_entries_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<std::uint64_t> read_har(std::istream& in, std::string_view name, const OnExchange& each,
                               const OnWarning& on_warning, const ReadFile& read_file) {
  RepairedText text(in, RepairedText::Repair::kAll);
  std::istream repaired(&text);
  HarWalk walk(name, text, each, on_warning, read_file);
  const bool whole = Json::sax_parse(repaired, &walk, nlohmann::json::input_format_t::json, true, true);
  walk.finish();
  if (walk.error()) return *walk.error();
  if (in.bad()) return Error{ErrorCode::kIo, std::string(name) + ": cannot be read to the end", ""};
  if (!whole || !walk.saw_entries()) {
    return Error{ErrorCode::kInvalid, std::string(name) + ": expected a HAR document with log.entries", ""};
  }
  return walk.handed_over();
}

}  // namespace qamera::recordings
