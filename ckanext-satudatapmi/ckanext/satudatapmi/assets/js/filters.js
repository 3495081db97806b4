/* The filters beside a list, where CKAN's own scripts are not loaded: they lie over it on a small screen, and one that htmx
   cannot fetch is asked for as a page, which says what went wrong. */
(function () {
  'use strict';

  document.addEventListener('click', function (event) {
    var shown = event.target.closest('.show-filters');
    if (shown || event.target.closest('.hide-filters')) {
      document.body.classList.toggle('filters-modal', Boolean(shown));
    }
  });

  document.addEventListener('htmx:responseError', function (event) {
    if (!window.ckan) window.location.assign(event.detail.pathInfo.finalRequestPath);
  });
}());
