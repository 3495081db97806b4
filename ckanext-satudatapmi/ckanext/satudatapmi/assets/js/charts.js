/* A picture of a chart becomes one that answers to the pointer, when somebody asks for it. */
(function () {
  'use strict';

  function offer(figure) {
    var button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-secondary live-chart';
    button.textContent = figure.dataset.offer;
    button.addEventListener('click', function () { show(figure, button); });
    figure.append(button);
  }

  function show(figure, button) {
    var narrow = window.matchMedia('(max-width: 575.98px)').matches;
    // Vega names the element that it draws into in English; the one around it keeps the words of the picture.
    var place = document.createElement('div');
    var drawn = document.createElement('div');
    place.append(drawn);
    place.setAttribute('role', 'img');
    place.setAttribute('aria-label', figure.querySelector('img').alt);
    button.disabled = true;
    import(figure.dataset.script)
      .then(function (chart) { return chart.show(narrow ? figure.dataset.narrow : figure.dataset.wide, drawn); })
      .then(function () {
        figure.querySelector('picture').replaceWith(place);
        button.remove();
      })
      .catch(function () {
        button.disabled = false;
        button.textContent = figure.dataset.failed;
      });
  }

  document.querySelectorAll('figure[data-script]').forEach(offer);
}());
