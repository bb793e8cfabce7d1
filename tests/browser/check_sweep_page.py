#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Opens a sweep's page in Chromium, from a file without a server, and uses it as a person would.

  check_sweep_page.py MAKE_SWEEP_PAGE [SHOTS_FOLDER]

The browser is driven through its debugging pipe with the standard library alone. Exit status 77, with
a reason, when there is no Chromium; pictures of the page are left in SHOTS_FOLDER.
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, program, profile):
        to_browser, self.out = os.pipe()
        self.inp, from_browser = os.pipe()

        def give_pipes():
            os.dup2(to_browser, 3)
            os.dup2(from_browser, 4)

        # High numbers, so that 3 and 4 are free in the child.
        to_browser, from_browser = os.dup(to_browser), os.dup(from_browser)
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={profile}",
             "--window-size=1280,800", "about:blank"],
            preexec_fn=give_pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.session, self.errors = b"", 0, None, []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def read(self, seconds):
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.inp, 1 << 16)
            if not part:
                raise EOFError("the browser has ended")
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read(60)
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(answer["params"]["exceptionDetails"])[:400])
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.errors.append(answer["params"]["entry"]["text"] + " " + answer["params"]["entry"].get("url", ""))
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def eval(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def open(self, url):
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && !!document.querySelector('#body, #single')")

    def wait(self, expression, seconds=15):
        """Asks the page once a frame until the expression is true."""
        found = self.eval("new Promise((done) => { const end = performance.now() + %d; const look = () => { let value = false; "
                          "try { value = !!(%s); } catch (e) { value = false; } if (value || performance.now() > end) done(value); "
                          "else setTimeout(look, 16); }; look(); })" % (seconds * 1000, expression))
        if not found:
            raise AssertionError(f"never became true: {expression}")

    def key(self, kind, key):
        codes = {"t": ("KeyT", 84), "d": ("KeyD", 68), "g": ("KeyG", 71), " ": ("Space", 32), "0": ("Digit0", 48)}
        code, number = codes.get(key, (key, {"ArrowRight": 39, "ArrowDown": 40, "ArrowLeft": 37, "Enter": 13, "Escape": 27}.get(key, 0)))
        self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number)

    def press(self, key):
        self.key("keyDown", key)
        self.key("keyUp", key)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def shot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: found {found!r}, expected {expected!r}")


def cell(column, row):
    return f"[...document.querySelectorAll('.cell')].find((c) => c.column === {column} && c.row === {row})"


LOADED = "[...document.querySelectorAll('.cell .a')].filter((i) => !i.hidden && i.dataset.file).every((i) => i.complete && i.naturalWidth === 128)"


def check_grid(page, url, shot):
    page.open(url + "#size=88")
    page.wait(LOADED)
    same(page.eval("document.querySelectorAll('.cell').length"), 30, "cells of the first view")
    same(page.eval("document.title"), "Blur sigma \u00d7 Scale \u00d7 Prompt", "the title")
    same(page.eval("document.getElementById('base').textContent.includes('</script><script>')"), True, "the hostile prompt, as text")
    same(page.eval("document.querySelectorAll('aside b, aside i, main img[src=x]').length"), 0, "elements made by prompts")
    mark = lambda column, row: page.eval(f"(() => {{ const m = {cell(column, row)}.frame.mark; return m.hidden ? '' : m.textContent; }})()")
    same(mark(0, 0), "", "mark of a finished cell")
    same(mark(3, 0), "failed", "mark of a failed cell")
    same(mark(2, 1), "not made", "mark of a missing cell")
    same(mark(3, 1), "running", "mark of a running cell")
    page.wait(f"{cell(4, 1)}.frame.mark.textContent === 'picture missing'")
    same(page.eval("[...document.querySelectorAll('#top .label')].map((l) => l.textContent).join()"), "0.5,1,2,4,\u221e", "column labels")
    shot("grid")
    # Hovering tells the cell's parameters and what differs from its neighbours.
    box = page.eval(f"(() => {{ const b = {cell(1, 2)}.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
    page.mouse("mouseMoved", *box)
    page.wait("document.getElementById('info').textContent.includes('Cell 12 of 120')")
    same(page.eval("document.getElementById('info').textContent.includes('0.5 \\u2192 1')"), True, "difference from the left")
    same(page.eval("document.getElementById('info').textContent.includes('1 \\u2192 2')"), True, "difference from above")
    box = page.eval(f"(() => {{ const b = {cell(3, 0)}.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
    page.mouse("mouseMoved", *box)
    page.wait("document.querySelector('#info .error') && document.querySelector('#info .error').textContent.includes('<i>this</i>')")


def check_sliders(page):
    """The third axis is a slider that moves all cells; running along it needs no hand."""
    same(page.eval("document.querySelectorAll('#sliders input[data-axis]').length"), 1, "sliders beside the grid")
    page.eval("(() => { const s = document.querySelector('#sliders input[data-axis]'); s.value = 1; s.dispatchEvent(new Event('input')); })()")
    page.wait(f"{cell(1, 0)}.frame.a.dataset.file === 'cells/c31.png'")
    page.eval("document.querySelector('#speed').value = 4; document.querySelector('#speed').dispatchEvent(new Event('input'))")
    page.eval("document.querySelector('#sliders button').click()")
    page.wait(f"{cell(1, 0)}.frame.a.dataset.file === 'cells/c91.png'")
    page.wait(f"{cell(1, 0)}.frame.a.dataset.file === 'cells/c1.png'")
    page.press(" ")
    before = page.eval("document.querySelector('#sliders output').textContent")
    page.eval("new Promise((done) => setTimeout(done, 300))")
    same(page.eval("document.querySelector('#sliders output').textContent"), before, "stands still after Space")
    # Other axes across and down; taking the one of the other direction swaps them.
    page.eval("(() => { const x = document.getElementById('x-axis'); x.value = 1; x.onchange(); })()")
    same(page.eval("document.getElementById('y-axis').value"), "0", "the axes are swapped")
    same(page.eval("document.querySelectorAll('#top .label').length"), 6, "columns after the swap")
    page.eval("(() => { const x = document.getElementById('x-axis'); x.value = 0; x.onchange(); })()")


def check_twins(page, url, shot):
    page.open(url)
    page.wait(LOADED)
    visible = lambda which: page.eval(f"getComputedStyle({cell(0, 0)}.frame.{which}).visibility")
    same(visible("b"), "hidden", "the twin before T")
    page.key("keyDown", "t")
    page.wait(f"{cell(0, 0)}.frame.b.complete && {cell(0, 0)}.frame.b.naturalWidth === 128")
    same((visible("a"), visible("b")), ("hidden", "visible"), "while T is held")
    page.key("keyUp", "t")
    same((visible("a"), visible("b")), ("visible", "hidden"), "after T")
    page.press("d")
    same(page.eval(f"getComputedStyle({cell(0, 0)}.frame.b).mixBlendMode"), "difference", "the difference")
    page.wait(f"{cell(4, 1)}.frame.mark.textContent === 'picture missing'")
    same(page.eval(f"{cell(4, 1)}.frame.classList.contains('has-twin')"), False, "no difference from a picture that is gone")
    shot("difference")
    page.press("d")


def check_zoom_and_address(page, url, shot):
    page.open(url)
    page.wait(LOADED)
    box = page.eval(f"(() => {{ const b = {cell(1, 1)}.frame.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
    page.mouse("mouseWheel", *box, deltaX=0, deltaY=-400, modifiers=2)
    page.wait("document.body.classList.contains('zoomed')")
    zooms = page.eval("[...new Set([...document.querySelectorAll('.cell .a:not([hidden])')].map((i) => getComputedStyle(i).transform))]")
    same(len(zooms), 1, "all pictures have the same zoom")
    page.mouse("mousePressed", *box, button="left", clickCount=1)
    page.mouse("mouseMoved", box[0] - 30, box[1] - 20, button="left")
    page.mouse("mouseReleased", box[0] - 30, box[1] - 20, button="left", clickCount=1)
    moved = page.eval("document.body.style.getPropertyValue('--px')")
    shot("zoomed")
    page.press("ArrowRight")
    page.press("Enter")
    page.wait("document.body.classList.contains('single')")
    page.wait("new URLSearchParams(location.hash.slice(1)).get('mode') === 'single'")
    same(page.eval("document.querySelectorAll('#sliders input[data-axis]').length"), 3, "one slider an axis")
    address = page.eval("location.href")
    shot("single")
    # The address alone brings the view back.
    page.open(address)
    page.wait("document.body.classList.contains('single')")
    same(round(float(page.eval("document.body.style.getPropertyValue('--px')")), 1), round(float(moved), 1), "pan from the address")
    file = page.eval("document.querySelector('#single .a').dataset.file")
    page.press("ArrowDown")
    page.wait(f"document.querySelector('#single .a').dataset.file !== '{file}'")
    page.press("0")
    same(page.eval("document.body.classList.contains('zoomed')"), False, "whole again")
    page.press("Escape")
    same(page.eval("document.body.classList.contains('single')"), False, "back in the grid")
    # Nonsense in the address does no harm.
    page.open(url + "#mode=9&x=99&y=-7&at=a,1e9,-3&size=NaN&z=0&px=x&theme=%3Cb%3E")
    page.wait("document.querySelectorAll('.cell').length > 0")


def check_themes(page, url, shot):
    for theme in ("dark", "light"):
        page.open(url + f"#theme={theme}&at=4,0,2")
        page.wait(LOADED)
        colour = page.eval("getComputedStyle(document.body).backgroundColor")
        same(colour, {"dark": "rgb(27, 29, 33)", "light": "rgb(244, 245, 247)"}[theme], f"the {theme} window")
        shot(theme)


def check_large(page, url):
    """20,000 cells: few are in the page at any time, and a screen of scrolling stays quick."""
    page.open(url)
    page.wait("document.querySelectorAll('.cell').length > 10")
    slowest = page.eval("""new Promise((done) => {
      const scroller = document.getElementById('scroller'); let last = performance.now(), times = [], left = 60;
      const step = (now) => { times.push(now - last); last = now; scroller.scrollTop += 900; scroller.scrollLeft += 700;
        if (left-- > 0) requestAnimationFrame(step); else done(times.sort((a, b) => a - b)[Math.floor(times.length * 0.9)]); };
      requestAnimationFrame(step); })""")
    print(f"  9 of 10 frames of scrolling take at most {slowest:.0f} ms")
    count = page.eval("document.querySelectorAll('.cell').length")
    if not 10 < count < 400:
        raise AssertionError(f"{count} cells are in the page")
    if slowest > 250:
        raise AssertionError(f"frames of scrolling take {slowest:.0f} ms")


def check_odd(page, single, jobs):
    """A sweep without axes, and jobs given one by one."""
    page.open(single)
    page.wait("document.querySelectorAll('.cell').length === 1 && document.querySelector('.cell .a').naturalWidth === 64")
    page.press("ArrowRight")
    page.press(" ")
    page.press("Enter")
    page.wait("document.querySelector('#single .a').naturalWidth === 64")
    same(page.eval("document.getElementById('twin').hidden"), True, "no twins, no switch")
    page.open(jobs)
    page.wait("document.querySelectorAll('.cell').length === 4")
    page.press("ArrowRight")
    page.wait("document.getElementById('info').textContent.includes('Seed5 \\u2192 6')")
    page.press("ArrowRight")
    page.wait("document.getElementById('info').textContent.includes('a dog')")


def main():
    make_page = sys.argv[1]
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        print("skipped: there is no Chromium on this computer (Debian: apt-get install chromium)")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = pathlib.Path(folder)
        subprocess.run([make_page, str(folder / "my sweep")], check=True)
        subprocess.run([make_page, str(folder / "large"), "large"], check=True)
        shots = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else folder
        shots.mkdir(parents=True, exist_ok=True)
        for kind in ("single", "list"):
            subprocess.run([make_page, str(folder / kind), kind], check=True)
        single, jobs = ((folder / kind / "index.html").as_uri() for kind in ("single", "list"))
        url = (folder / "my sweep" / "index.html").as_uri()
        large = (folder / "large" / "index.html").as_uri()
        page = Browser(program, folder / "profile")
        try:
            def shot(name):
                page.shot(shots / f"{name}.png")
            for name, check in [("grid", lambda: check_grid(page, url, shot)), ("sliders", lambda: check_sliders(page)),
                                ("twins", lambda: check_twins(page, url, shot)),
                                ("zoom and address", lambda: check_zoom_and_address(page, url, shot)),
                                ("themes", lambda: check_themes(page, url, shot)), ("large", lambda: check_large(page, large)),
                                ("no axes, jobs", lambda: check_odd(page, single, jobs))]:
                print(name)
                check()
            # The one picture that is gone from the disk is told by the browser; nothing else may be.
            errors = [error for error in page.errors if "c9.png" not in error]
            same(errors, [], "errors in the console")
        finally:
            page.close()
    print("the page behaves")
    return 0


if __name__ == "__main__":
    sys.exit(main())
