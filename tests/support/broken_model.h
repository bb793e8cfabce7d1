// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The tiny model, linked into a folder of its own in which a test breaks one thing.
#pragma once

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>

#include <nlohmann/json.hpp>

#include <cstring>
#include <functional>
#include <string>

namespace studio::testing {

using Json = nlohmann::ordered_json;

class BrokenModel {
 public:
  BrokenModel() {
    const QString source = QString(STUDIO_TESTS_DIR) + "/golden/models/tiny-sdxl";
    QDirIterator files(source, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
      const QString from = files.next(), to = folder_.filePath(QDir(source).relativeFilePath(from));
      QDir().mkpath(QFileInfo(to).path());
      if (!QFile::link(from, to)) qFatal("cannot link %s", qPrintable(from));
    }
  }

  std::string path() const { return folder_.path().toStdString(); }
  QString file(const char* name) const { return folder_.filePath(name); }

  QByteArray read(const char* name) const {
    QFile in(file(name));
    if (!in.open(QIODevice::ReadOnly)) qFatal("cannot read %s", name);
    return in.readAll();
  }
  void write(const char* name, const QByteArray& bytes) const {
    QFile::remove(file(name));  // it may be a link to the sound file
    QFile out(file(name));
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size()) qFatal("cannot write %s", name);
  }
  void remove(const char* name) const {
    const QFileInfo info(file(name));
    const bool done = info.isDir() && !info.isSymLink() ? QDir(file(name)).removeRecursively() : QFile::remove(file(name));
    if (!done) qFatal("cannot remove %s", name);
  }

  // Sets one key of a configuration to a value, or removes it when the value is discarded JSON.
  void set(const char* name, const char* key, const Json& value) const {
    Json root = Json::parse(read(name).toStdString());
    root[key] = value;
    write(name, QByteArray::fromStdString(root.dump()));
  }
  void unset(const char* name, const char* key) const {
    Json root = Json::parse(read(name).toStdString());
    if (root.erase(key) != 1) qFatal("%s has no %s", name, key);
    write(name, QByteArray::fromStdString(root.dump()));
  }

  // Changes header and data of a safetensors file; the length in front is made to fit.
  void change_weights(const char* name, const std::function<void(Json& header, QByteArray& data)>& change) const {
    const QByteArray bytes = read(name);
    quint64 length = 0;
    std::memcpy(&length, bytes.constData(), sizeof length);
    Json header = Json::parse(bytes.mid(8, static_cast<qsizetype>(length)).toStdString());
    QByteArray data = bytes.mid(8 + static_cast<qsizetype>(length));
    change(header, data);
    std::string text = header.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    length = text.size();
    write(name, QByteArray(reinterpret_cast<const char*>(&length), sizeof length) + QByteArray::fromStdString(text) + data);
  }
  void set_length(const char* name, quint64 length) const {
    QByteArray bytes = read(name);
    std::memcpy(bytes.data(), &length, sizeof length);
    write(name, bytes);
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace studio::testing
