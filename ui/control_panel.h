// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The left panel: everything that makes up a job, and the buttons that start and stop it.
#pragma once

#include "core/api/request.h"

#include <QStringList>
#include <QWidget>

#include <map>
#include <vector>

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QTimer;
class QVBoxLayout;

namespace studio::ui {

class ParamForm;
class SectionForm;
class ParamRow;
class PictureRows;
class SeedField;
class SizeField;

class ControlPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ControlPanel(const Catalogue& catalogue, QWidget* parent = nullptr);

  const GenerationRequest& request() const { return request_; }
  void setRequest(const GenerationRequest& request);  // no signal
  // Takes typed values that were not confirmed yet; false, with the focus there, when one is
  // refused.
  bool commitTyped();
  // Shows an error beside the parameter its message begins with; false when it names none.
  bool showError(const Error& error);
  void setRunning(bool running);
  void setEstimate(const QString& text);
  void setNativeSize(QSize size);
  void setModels(const QStringList& models);
  // Found files of a kind, offered wherever such a file may stand; models beside those of setModels().
  void setFiles(FileKind kind, const QStringList& files);
  // What the model can be chosen from; nothing for other parameters.
  QStringList suggestionsFor(const JobParam& param) const;

  bool isLive() const;
  void setLive(bool live);
  bool isSeedLocked() const;
  void setSeedLocked(bool locked);
  void rollSeed();
  void rollSeedUnlessLocked();
  void focusPrompt();
  void refreshIcons();
  // The pictures that the job names; they need an engine.
  PictureRows* pictures() const { return pictures_; }
  // Opens the section of a parameter and scrolls to its row.
  void reveal(const std::string& path);

 Q_SIGNALS:
  void edited();  // at every move of a slider; request() is the new job
  // Once a drag or an edit; `what` tells edits of one parameter from those of another.
  void committed(const QString& what, const studio::GenerationRequest& before);
  void generateAsked();
  void cancelAsked();
  void liveToggled(bool live);
  void queueAsked();
  void sweepAsked();

 private:
  void buildPrompts(QVBoxLayout* body);
  void buildGuidance(QVBoxLayout* body);
  void buildSampling(QVBoxLayout* body);
  void buildSections(QVBoxLayout* body);
  QWidget* buildButtons();
  QWidget* labelled(const QString& label, QWidget* control, QLabel*& error);
  void addForm(ParamForm* form, QVBoxLayout* body);
  void follow(ParamForm* form);
  std::vector<JobParam> paramsOf(const Card& card) const;
  void alignLabels();
  void showOffers();
  void takeParam(const std::string& path, const std::optional<ParamValue>& value);
  void takePrompts();
  void commit(const QString& what);
  ParamRow* rowOf(std::string_view path) const;

  const Catalogue& catalogue_;
  GenerationRequest request_;
  GenerationRequest committed_;
  std::vector<ParamForm*> forms_;
  std::vector<SectionForm*> sections_;
  std::vector<QLabel*> extra_labels_;
  QPlainTextEdit* prompt_;
  QPlainTextEdit* negative_;
  QLabel* prompt_error_ = nullptr;
  QTimer* prompt_pause_;
  SeedField* seed_ = nullptr;
  SizeField* size_ = nullptr;
  QLabel* seed_error_ = nullptr;
  QLabel* size_error_ = nullptr;
  QPushButton* generate_ = nullptr;
  QPushButton* cancel_ = nullptr;
  QPushButton* live_ = nullptr;
  QLabel* estimate_ = nullptr;
  QStringList models_;
  std::map<FileKind, QStringList> files_;
  PictureRows* pictures_ = nullptr;
};

}  // namespace studio::ui
