// Keys for marking by hand: Ctrl+Enter saves, Alt with an arrow goes to the previous or next learner.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.getElementById("marks")?.requestSubmit();
  }
  if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    const link = document.querySelector(event.key === "ArrowLeft" ? "a[rel=prev]" : "a[rel=next]");
    if (link) {
      event.preventDefault();
      link.click();
    }
  }
});

const first = document.querySelector("#marks input[type=text]");
if (first && !document.getElementById("summary")) first.focus();
