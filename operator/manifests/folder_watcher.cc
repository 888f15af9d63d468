#include "operator/manifests/folder_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rewindmq::manifests {
namespace {

// An editor that saves makes several events: so long after the first the rest is waited for.
constexpr int kGatherMs = 20;

}  // namespace

Result<std::unique_ptr<FolderWatcher>> FolderWatcher::Start(const std::string& folder,
                                                            std::function<void()> on_change) {
  FileDescriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.valid()) return Status::FromErrno("inotify", errno);
  constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
  if (::inotify_add_watch(inotify.get(), folder.c_str(), kEvents | IN_ONLYDIR) < 0) {
    return Status::FromErrno("watch folder " + folder, errno);
  }
  FileDescriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return Status::FromErrno("eventfd", errno);
  return std::unique_ptr<FolderWatcher>(
      new FolderWatcher(std::move(inotify), std::move(stop), std::move(on_change)));
}

FolderWatcher::FolderWatcher(FileDescriptor inotify, FileDescriptor stop,
                             std::function<void()> on_change)
    : inotify_(std::move(inotify)),
      stop_(std::move(stop)),
      on_change_(std::move(on_change)),
      thread_([this] { Run(); }) {}

FolderWatcher::~FolderWatcher() {
  const uint64_t one = 1;
  // An eventfd takes this write unless it has been written to 2^64 times.
  ssize_t written = ::write(stop_.get(), &one, sizeof one);
  static_cast<void>(written);
  thread_.join();
}

bool FolderWatcher::Drain() {
  alignas(inotify_event) char events[16 * 1024];
  bool any = false;
  // Which file it was does not matter, nor that events were lost: the whole folder is read again.
  while (::read(inotify_.get(), events, sizeof events) > 0) any = true;
  return any;
}

void FolderWatcher::Run() {
  pollfd waited[] = {{stop_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}};
  while (true) {
    const int ready = ::poll(waited, 2, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || waited[0].revents != 0) return;
    if (::poll(waited, 1, kGatherMs) > 0) return;
    if (Drain()) on_change_();
  }
}

}  // namespace rewindmq::manifests
