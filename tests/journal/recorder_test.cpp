#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "journal/entries.h"
#include "journal/journal.h"
#include "system/temporary_folder.h"

namespace qamera::journal {
namespace {

namespace fs = std::filesystem;

/// What can be read from a pipe without waiting.
std::string drained(int descriptor) {
  std::string out;
  std::string piece(1u << 16, '\0');
  for (ssize_t count = ::read(descriptor, piece.data(), piece.size()); count > 0;
       count = ::read(descriptor, piece.data(), piece.size())) {
    out.append(piece, 0, static_cast<std::size_t>(count));
  }
  return out;
}

TEST_CASE("recording: a pipe without a reader is refused at once") {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto recorder = Recorder::open(path, nullptr);
  REQUIRE_FALSE(recorder.ok());
  CHECK(recorder.error().code == ErrorCode::kIo);
  CHECK(recorder.error().message.starts_with("cannot open recording " + path + ": "));
}

TEST_CASE("recording: a pipe that nobody empties loses whole lines, and never makes a writer wait") {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  std::vector<RecorderNews> news;
  auto recorder = std::move(*Recorder::open(path, [&](const RecorderNews& one) { news.push_back(one); }));
  // Beyond what a pipe takes at once, so that one of them is torn.
  const std::string line = std::string(5'999, 'x') + "\n";
  constexpr int kFarTooMany = 10'000;
  int written = 0;
  while (recorder->counters().lost < 3 && written < kFarTooMany) {
    recorder->write(line);
    ++written;
  }
  CHECK(recorder->counters().lost == 3);
  const std::uint64_t lost_for_good = recorder->counters().lost_for_good();
  CHECK(lost_for_good == recorder->counters().lost - (recorder->counters().unfinished ? 1 : 0));
  REQUIRE(news.size() == 1);
  CHECK(news[0].failing);
  std::string read = drained(reader);
  recorder->write(line);
  read += drained(reader);
  CHECK(news.size() == 2);
  CHECK_FALSE(recorder->counters().failing);
  CHECK_FALSE(recorder->counters().unfinished);
  CHECK(recorder->counters().lost_for_good() == lost_for_good);
  CHECK(read.size() == recorder->counters().lines * line.size());
  for (std::size_t at = 0; at < read.size(); at += line.size()) CHECK(read.compare(at, line.size(), line) == 0);
  ::close(reader);
}

TEST_CASE("recording: each entry is a line of the file before append returns, in sequence order") {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.ndjson");
  Options options;
  options.recorder = std::move(*Recorder::open(path, nullptr));
  Journal journal{Limits{}, std::move(options)};
  journal.append(list_models());
  CHECK(contents(path) == dump_json(to_json(*journal.find("req_000001"))) + "\n");
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) journal.append(list_models());
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::istringstream lines(contents(path));
  std::uint64_t expected = 0;
  for (std::string line; std::getline(lines, line);) CHECK((*parse_json(line))["sequence"] == ++expected);
  CHECK(expected == 201);
  CHECK(journal.recorder()->counters().lines == 201);
}

TEST_CASE("recording: an existing file is continued, and a torn last line is closed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.ndjson");
  std::ofstream(path) << "{\"whole\":1}\n{\"torn\":";
  {
    auto recorder = std::move(*Recorder::open(path, nullptr));
    recorder->write("{\"next\":1}\n");
    CHECK(recorder->counters().lines == 1);
    CHECK(recorder->counters().lost == 0);
  }
  CHECK(contents(path) == "{\"whole\":1}\n{\"torn\":\x18\n{\"next\":1}\n");
  std::move(*Recorder::open(path, nullptr))->write("{}\n");
  CHECK(contents(path) == "{\"whole\":1}\n{\"torn\":\x18\n{\"next\":1}\n{}\n");
}

TEST_CASE("recording: a file that cannot be opened is an error that names it") {
  const TemporaryFolder folder;
  for (const std::string& path : {folder.file("no/such/folder"), folder.file("")}) {
    const auto recorder = Recorder::open(path, nullptr);
    REQUIRE_FALSE(recorder.ok());
    CHECK(recorder.error().code == ErrorCode::kIo);
    CHECK(recorder.error().message.find(path) != std::string::npos);
  }
}

/// Files of this process may not grow beyond so many bytes, while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
    const rlimit limit{bytes, old_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  rlimit old_{};
  void (*before_)(int) = nullptr;
};

TEST_CASE("recording: a line written in part is completed when there is room again") {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.ndjson");
  std::vector<RecorderNews> news;
  auto recorder = std::move(*Recorder::open(path, [&](const RecorderNews& one) { news.push_back(one); }));
  recorder->write("{\"first\":1}\n");
  {
    const FileSizeLimit limit(16);
    recorder->write("{\"second\":2}\n");
    recorder->write("{\"lost\":3}\n");
    CHECK(contents(path) == "{\"first\":1}\n{\"se");
    CHECK(recorder->counters().lost == 2);
  }
  recorder->write("{\"fourth\":4}\n");
  CHECK(contents(path) == "{\"first\":1}\n{\"second\":2}\n{\"fourth\":4}\n");
  CHECK(recorder->counters().lines == 3);
  CHECK(recorder->counters().lost == 1);
  REQUIRE(news.size() == 2);
  CHECK(news[0].failing);
  CHECK_FALSE(news[1].failing);
  CHECK(news[1].message == "recording " + path + " works again");
}

TEST_CASE("recording: a full device loses lines, counts them, says so once, and the journal goes on") {
  if (!fs::exists("/dev/full")) {
    MESSAGE("skipped: this system has no /dev/full");
    return;
  }
  std::vector<RecorderNews> news;
  Options options;
  options.recorder = std::move(*Recorder::open("/dev/full", [&](const RecorderNews& one) { news.push_back(one); }));
  Journal journal{Limits{}, std::move(options)};
  for (int i = 0; i < 3; ++i) journal.append(list_models());
  CHECK(journal.select({}).size() == 3);
  CHECK(journal.recorder()->counters().lost == 3);
  CHECK(journal.recorder()->counters().lines == 0);
  CHECK(journal.recorder()->counters().failing);
  REQUIRE(news.size() == 1);
  CHECK(news[0].failing);
  CHECK(news[0].message == "cannot write recording /dev/full: No space left on device");
}

}  // namespace
}  // namespace qamera::journal
